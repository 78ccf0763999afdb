import type { Preset } from "./Preset.js"

const base = {
  network: { name: "cifar-resnet", blocks: 3 },
  augment: [{ crop: { padding: 4, mode: "zero" } }, { flip: {} }]
} as const

/** ResNet-20 to the level of its papers: hours on two cores, so give `--out`, and resume with `train --resume --out`. */
export const presets = {
  /**
   * 64,124 steps of batches of 128; the paper's accuracy is 91.25 %. Three to five hours on two cores.
   *
   * **Source** He et al. 2015, arXiv:1512.03385, sec. 4.2: rate 0.1, a tenth of it from steps 32,000 and 48,000 on, decay of 1e-4, momentum 0.9, crops after zero padding of 4, flips.
   *
   * **Deviations** the changes of the rate and the end come with whole epochs, 82, 123 and 164 (steps 32,062, 48,093 and 64,124); channels are normalized, where the paper
   * subtracts the mean of each pixel; all 50,000 images are trained on, where the paper chose its schedule on 45,000.
   */
  "cifar10-resnet20": {
    ...base,
    dataset: "cifar10",
    epochs: 164,
    batchSize: 128,
    optimizer: { momentum: 0.9, weightDecay: 1e-4 },
    rate: { kind: "multiStep", rate: 0.1, milestones: [82, 123] }
  },
  /**
   * 200 epochs on CIFAR-100; the published accuracy is 68.83 %. Four to six hours on two cores.
   *
   * **Source** chenyaofo/pytorch-cifar-models: batches of 256, Nesterov momentum 0.9, decay of 5e-4, a cosine from a rate of 0.1, crops and flips.
   *
   * **Deviations** channels are normalized by our own statistics.
   */
  "cifar100-resnet": {
    ...base,
    dataset: "cifar100",
    epochs: 200,
    batchSize: 256,
    optimizer: { momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
    rate: { kind: "cosine", rate: 0.1 }
  }
} as const satisfies Readonly<Record<string, Preset>>
