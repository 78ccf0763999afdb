import type { Preset } from "./Preset.js"

const base = {
  dataset: "cifar10",
  network: { name: "seminar-resnet", n: 5 },
  batchSize: 128
} as const

/**
 * The seminar's network, trained as in the seminar, and with augmentation. An epoch takes four minutes and a half on two cores or less, so give `--out`, and resume with
 * `train --resume --out`.
 *
 * **Source** the notebooks of the seminar, which `docs/seminar-map.md` goes through.
 */
export const presets = {
  /** The second: a large rate, with weight decay. */
  "cifar10-seminar": {
    ...base,
    epochs: 51,
    optimizer: { momentum: 0.9, nesterov: false, weightDecay: 1e-4 },
    rate: { kind: "constant", rate: 0.1 }
  },
  /** The first: a small rate, no decay. */
  "cifar10-seminar-first": {
    ...base,
    epochs: 21,
    optimizer: { momentum: 0.9, nesterov: false, weightDecay: 0 },
    rate: { kind: "constant", rate: 1e-4 }
  },
  /**
   * With crops and flips, and two drops of the rate at the end.
   *
   * **Source** KellerJordan/ResNet-PyTorch-CIFAR10 `main.py`, which the seminar follows: 0.1 for 50 epochs, 0.01 for 5, 0.001 for 5, decay of 1e-4; with n = 9 its README has 91.69 %.
   *
   * **Deviations** the seminar's n = 5; all images are trained on and shuffled, and the momentum is kept when the rate drops. Channels are normalized by the dataset's own statistics.
   */
  "cifar10-seminar-augmented": {
    ...base,
    epochs: 60,
    optimizer: { momentum: 0.9, nesterov: false, weightDecay: 1e-4 },
    rate: { kind: "multiStep", rate: 0.1, milestones: [50, 55] },
    augment: [{ crop: { padding: 4, mode: "zero" } }, { flip: {} }]
  }
} as const satisfies Readonly<Record<string, Preset>>
