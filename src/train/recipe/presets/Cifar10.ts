import type { Preset } from "./Preset.js"

/** Short recipes for CIFAR-10. */
export const presets = {
  "cifar10-quick": {
    dataset: "cifar10",
    network: { name: "resnet", blocks: [1, 1, 1, 1] },
    epochs: 7,
    batchSize: 128,
    remainder: "drop",
    optimizer: { momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
    rate: { kind: "oneCycle", peak: 0.2, warmupFraction: 0.25, initialFactor: 0.1, finalFactor: 0.01 },
    augment: [{ crop: { padding: 4, mode: "zero" } }, { flip: {} }]
  }
} as const satisfies Readonly<Record<string, Preset>>
