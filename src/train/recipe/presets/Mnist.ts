import type { Preset } from "./Preset.js"

const base = {
  network: { name: "mnist-cnn" },
  batchSize: 64,
  rate: { kind: "oneCycle", peak: 0.05, warmupFraction: 0.2, initialFactor: 0.1, finalFactor: 0.01 }
} as const

/** A small convolutional network on grey images of 28x28. */
export const presets = {
  "mnist-cnn": { ...base, dataset: "mnist", epochs: 5 },
  "fashion-cnn": { ...base, dataset: "fashion-mnist", epochs: 10, augment: [{ flip: {} }] }
} as const satisfies Readonly<Record<string, Preset>>
