import type { Preset } from "./Preset.js"

/**
 * What the recipes after airbench share. `lr` is airbench's, for the sum of the losses of 1,024 images and `1 + 1 / (1 - momentum)` steps; here losses are means over a
 * batch of 512, so the rate is `512 lr / (1024 (1 + 1 / 0.15))`.
 */
const airbench = (lr: number) =>
  ({
    batchSize: 512,
    remainder: "drop",
    optimizer: { momentum: 0.85, nesterov: true, weightDecay: 0.0153 / lr, normBiasRate: 64 },
    freezeAfter: [{ epoch: 3, paths: ["whiten.bias"] }],
    rate: {
      kind: "oneCycle",
      peak: (lr * 3) / 46,
      warmupFraction: 0.23,
      initialFactor: 0.2,
      finalFactor: 0.07,
      shape: "linear"
    },
    average: { kind: "lookahead", every: 10, decay: 0.95 ** 5, power: 3 },
    loss: { kind: "crossEntropy", labelSmoothing: 0.2 },
    augment: [{ crop: { padding: 2, mode: "reflect" } }, { alternatingFlip: {} }],
    views: "flip-shift"
  }) as const

/**
 * The quickest recipes for small images: networks whose first layer whitens the images, trained for a few epochs with a high rate.
 *
 * **Source** Jordan 2024, arXiv:2404.00498, and `legacy/airbench9*.py` of KellerJordan/cifar10-airbench.
 *
 * **Deviations** batches of 512 in place of 1,024, for half the memory, with the same rate and averaging for each image (the average is updated after 10 steps, not 5);
 * whole epochs; the rate peaks one step earlier, and ends at its last value one step earlier. The images of an epoch are cropped and mirrored one by one.
 */
export const presets = {
  /** airbench93 for 10 of its 11 epochs. Eight minutes on two cores. */
  "cifar10-quick": { ...airbench(11.5), dataset: "cifar10", network: { name: "airbench93" }, epochs: 10 },
  /** airbench94, which aims at 94 % with the views. 16 minutes on two cores. 11 epochs in place of 9.9: a margin for the smaller batches. */
  "cifar10-94": { ...airbench(11.5), dataset: "cifar10", network: { name: "airbench94" }, epochs: 11 },
  /** airbench95, which aims at 95 % with the views. An hour and a half on two cores, by the speed of a step. */
  "cifar10-95": { ...airbench(10), dataset: "cifar10", network: { name: "airbench95" }, epochs: 15 },
  /** airbench94 on CIFAR-100, for 24 epochs, which aims at 70 %. airbench has no recipe of this size for CIFAR-100; its settings are those for CIFAR-10. */
  "cifar100-quick": { ...airbench(11.5), dataset: "cifar100", network: { name: "airbench94" }, epochs: 24 },
  /** A narrow airbench on Fashion-MNIST, which aims at 93 %. airbench has no recipe for it; its settings are those for CIFAR-10. */
  "fashion-cnn": {
    ...airbench(11.5),
    dataset: "fashion-mnist",
    network: { name: "airbench", widths: [32, 64, 64] },
    epochs: 10
  }
} as const satisfies Readonly<Record<string, Preset>>
