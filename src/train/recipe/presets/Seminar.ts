import type { Preset } from "./Preset.js"

const base = {
  dataset: "cifar10",
  network: { name: "seminar-resnet", n: 5 },
  batchSize: 128
} as const

/** The two recipes of the seminar. */
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
  }
} as const satisfies Readonly<Record<string, Preset>>
