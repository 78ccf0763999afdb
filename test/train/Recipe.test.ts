import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Init from "../../src/model/Init.js"
import * as Recipe from "../../src/train/recipe/index.js"
import { type PresetName, presets } from "../../src/train/recipe/presets/index.js"
import * as Data from "../support/Data.js"

const recipe = Recipe.make(presets["cifar10-seminar"])

describe("a recipe", () => {
  it("of nothing is the defaults, on MNIST", () => {
    assert.deepStrictEqual(Recipe.make({}), {
      dataset: "mnist",
      network: { name: "mnist-cnn" },
      seed: 0,
      epochs: 10,
      batchSize: 128,
      remainder: "keep",
      optimizer: { kind: "sgd", momentum: 0.9, nesterov: false, normBiasRate: 1, weightDecay: 0, decayed: "all" },
      rate: {
        kind: "oneCycle",
        peak: 0.1,
        warmupFraction: 0.3,
        initialFactor: 0.04,
        finalFactor: 4e-6,
        shape: "cosine",
        warmupEpochs: 0,
        every: "step"
      },
      loss: { kind: "crossEntropy", labelSmoothing: 0, classWeights: null },
      mix: { mixup: 0, cutmix: 0, probability: 1, switch: 0.5 },
      augment: [],
      sampling: { kind: "uniform" },
      validation: 0,
      limitTrain: null,
      clip: { kind: "none" },
      layerDecay: 1,
      sam: { rho: 0, adaptive: false },
      microBatch: 0,
      average: { kind: "none" },
      freezeAfter: [],
      evaluateTest: "each-epoch",
      views: "none",
      metrics: "auto",
      checkpointEvery: 0,
      policies: []
    })
    const { dataset: _, network: __, ...rest } = Recipe.make({})
    assert.deepStrictEqual(Recipe.defaults, rest)
  })

  it("fills in what a group leaves out", () => {
    const { optimizer, rate } = Recipe.make({ optimizer: { weightDecay: 5e-4 }, rate: { kind: "cosine", rate: 0.2 } })
    assert.deepStrictEqual(optimizer, {
      kind: "sgd",
      momentum: 0.9,
      nesterov: false,
      normBiasRate: 1,
      weightDecay: 5e-4,
      decayed: "all"
    })
    assert.deepStrictEqual(rate, { kind: "cosine", rate: 0.2, final: 0, warmupEpochs: 0, every: "step" })
  })

  it.effect("comes back from its encoding", () =>
    Effect.gen(function* () {
      for (const preset of Object.values(presets)) {
        const made = Recipe.make(preset)
        const encoded = yield* Schema.encodeEffect(Recipe.Recipe)(made)
        assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(Recipe.Recipe)(encoded), made)
      }
    })
  )

  it("takes every optimizer by its kind, with its defaults", () => {
    const kinds = ["sgd", "adam", "adamw", "nadam", "rmsprop", "adagrad", "lamb", "lion", "muon"] as const
    const decays = kinds.map((kind) => Recipe.make({ optimizer: { kind } }).optimizer.weightDecay)
    assert.deepStrictEqual(decays, [0, 0, 0.01, 0, 0, 0, 0.01, 0, 0.1])
    assert.deepStrictEqual(Recipe.make({ optimizer: {} }), Recipe.make({ optimizer: { kind: "sgd" } }))
  })

  it.effect("becomes an optimizer: clipped, with rates that fall with the distance from the last layer", () =>
    Effect.gen(function* () {
      const dataset = yield* Data.subset("mnist", 300, 1)
      const made = Recipe.make({
        optimizer: { kind: "muon", rounds: 3 },
        clip: { kind: "adaptive", factor: 0.02 },
        layerDecay: 0.5
      })
      const { optimizer } = Recipe.plan(made, dataset)
      const paths = ["conv1", "conv2", "fc1", "fc2", "fc3"].flatMap((layer) => [`${layer}.weight`, `${layer}.bias`])
      const rates = [0.0625, 0.125, 0.25, 0.5, 1].flatMap((rate) => [rate, rate])
      const assigned = optimizer.assign?.(paths)
      assert.deepStrictEqual(assigned?._tag === "Assignment" ? assigned.paths : assigned, {
        "0/0/clipped": paths.slice(0, 8),
        "0/0/last": paths.slice(8),
        "0/1/matrices": ["conv1.weight", "conv2.weight", "fc1.weight", "fc2.weight"],
        "0/1/others": ["conv1.bias", "conv2.bias", "fc1.bias", "fc2.bias", "fc3.weight", "fc3.bias"]
      })
      const recorded = JSON.stringify(optimizer.spec)
      const factors = JSON.stringify(Object.fromEntries(paths.map((path, i) => [path, rates[i]])))
      for (const part of [
        '"rounds":3',
        '"factor":0.02',
        '"_tag":"ClipAdaptive"',
        '"_tag":"AtRate","factor":0.015',
        factors
      ]) {
        assert.include(recorded, part)
      }
    })
  )

  it.effect("refuses values that make no sense", () =>
    Effect.gen(function* () {
      for (const wrong of [{ epochs: 0 }, { optimizer: { momentum: 1 } }, { rate: { kind: "multiStep" } }])
        yield* Effect.flip(Schema.decodeUnknownEffect(Recipe.Recipe)(wrong))
    })
  )
})

const eachStep = { warmupEpochs: 0, every: "step" } as const
const oneCycle = { kind: "oneCycle", initialFactor: 0.1, finalFactor: 0.01, shape: "cosine", ...eachStep } as const
const seminar = {
  dataset: "cifar10",
  network: { name: "seminar-resnet", n: 5 },
  batchSize: 128,
  remainder: "keep",
  augment: []
} as const
const common = {
  clip: { kind: "none" },
  layerDecay: 1,
  sam: { rho: 0, adaptive: false },
  microBatch: 0,
  average: { kind: "none" },
  seed: 0,
  loss: { kind: "crossEntropy", labelSmoothing: 0, classWeights: null },
  mix: { mixup: 0, cutmix: 0, probability: 1, switch: 0.5 },
  validation: 0,
  sampling: { kind: "uniform" },
  limitTrain: null,
  freezeAfter: [],
  evaluateTest: "each-epoch",
  views: "none",
  metrics: "auto",
  checkpointEvery: 0,
  policies: []
} as const

const resnet20 = {
  network: { name: "cifar-resnet", blocks: 3 },
  remainder: "keep",
  optimizer: { kind: "sgd", momentum: 0.9, normBiasRate: 1, decayed: "all" },
  augment: [{ crop: { padding: 4, mode: "zero" } }, { flip: {} }]
} as const
const airbench = {
  batchSize: 512,
  remainder: "drop",
  optimizer: {
    kind: "sgd",
    momentum: 0.85,
    nesterov: true,
    normBiasRate: 64,
    weightDecay: 0.0153 / 11.5,
    decayed: "all"
  },
  freezeAfter: [{ epoch: 3, paths: ["whiten.bias"] }],
  rate: {
    kind: "oneCycle",
    peak: 0.75,
    warmupFraction: 0.23,
    initialFactor: 0.2,
    finalFactor: 0.07,
    shape: "linear",
    ...eachStep
  },
  average: { kind: "lookahead", every: 10, decay: 0.95 ** 5, power: 3 },
  loss: { kind: "crossEntropy", labelSmoothing: 0.2, classWeights: null },
  augment: [{ crop: { padding: 2, mode: "reflect" } }, { alternatingFlip: {} }],
  views: "flip-shift"
} as const

/** What the presets compute, field by field: published results belong to these. */
const settled: Readonly<Record<PresetName, Recipe.Recipe>> = {
  "mnist-cnn": {
    ...common,
    dataset: "mnist",
    network: { name: "mnist-cnn" },
    epochs: 8,
    batchSize: 64,
    remainder: "keep",
    optimizer: { kind: "sgd", momentum: 0.9, nesterov: false, normBiasRate: 1, weightDecay: 0, decayed: "all" },
    rate: { ...oneCycle, peak: 0.05, warmupFraction: 0.2 },
    augment: [{ crop: { padding: 2, mode: "zero" } }]
  },
  "fashion-cnn": {
    ...common,
    ...airbench,
    dataset: "fashion-mnist",
    network: { name: "airbench", widths: [32, 64, 64] },
    epochs: 10
  },
  "cifar10-seminar": {
    ...common,
    ...seminar,
    epochs: 51,
    optimizer: { kind: "sgd", momentum: 0.9, nesterov: false, normBiasRate: 1, weightDecay: 1e-4, decayed: "all" },
    rate: { kind: "constant", rate: 0.1, ...eachStep }
  },
  "cifar10-seminar-first": {
    ...common,
    ...seminar,
    epochs: 21,
    optimizer: { kind: "sgd", momentum: 0.9, nesterov: false, normBiasRate: 1, weightDecay: 0, decayed: "all" },
    rate: { kind: "constant", rate: 1e-4, ...eachStep }
  },
  "cifar10-seminar-augmented": {
    ...common,
    ...seminar,
    epochs: 60,
    optimizer: { kind: "sgd", momentum: 0.9, nesterov: false, normBiasRate: 1, weightDecay: 1e-4, decayed: "all" },
    rate: { kind: "multiStep", rate: 0.1, milestones: [50, 55], factor: 0.1, ...eachStep },
    augment: [{ crop: { padding: 4, mode: "zero" } }, { flip: {} }]
  },
  "cifar10-quick": { ...common, ...airbench, dataset: "cifar10", network: { name: "airbench93" }, epochs: 10 },
  "cifar10-94": { ...common, ...airbench, dataset: "cifar10", network: { name: "airbench94" }, epochs: 11 },
  "cifar10-95": {
    ...common,
    ...airbench,
    dataset: "cifar10",
    network: { name: "airbench95" },
    epochs: 15,
    optimizer: { ...airbench.optimizer, weightDecay: 0.00153 },
    rate: { ...airbench.rate, peak: 30 / 46 }
  },
  "cifar100-quick": { ...common, ...airbench, dataset: "cifar100", network: { name: "airbench94" }, epochs: 24 },
  "cifar10-resnet20": {
    ...common,
    ...resnet20,
    dataset: "cifar10",
    epochs: 164,
    batchSize: 128,
    optimizer: { ...resnet20.optimizer, nesterov: false, weightDecay: 1e-4 },
    rate: { kind: "multiStep", rate: 0.1, milestones: [82, 123], factor: 0.1, ...eachStep }
  },
  "cifar100-resnet": {
    ...common,
    ...resnet20,
    dataset: "cifar100",
    epochs: 200,
    batchSize: 256,
    optimizer: { ...resnet20.optimizer, nesterov: true, weightDecay: 5e-4 },
    rate: { kind: "cosine", rate: 0.1, final: 0, ...eachStep }
  }
}

describe("the presets", () => {
  for (const [name, expected] of Object.entries(settled))
    it(name, () => {
      const preset = Object.entries(presets).find(([known]) => known === name)?.[1]
      assert.deepStrictEqual(Recipe.make(preset ?? {}), expected)
    })

  it("are all in the table", () => {
    assert.sameMembers(Object.keys(presets), Object.keys(settled))
  })
})

describe("the plan of a recipe", () => {
  it.effect("starts airbench from a first layer that whitens the training images, the rest from the seed", () =>
    Effect.gen(function* () {
      const dataset = yield* Data.subset("cifar10", 300, 1)
      const { network, start } = Recipe.plan({ ...recipe, seed: 3, network: { name: "airbench94" } }, dataset)
      const random = Init.init(network, 3)
      assert.deepStrictEqual(start?.params, random.params)
      const filters = start?.state["whiten.weight"]
      assert.deepStrictEqual(filters?.shape, random.state["whiten.weight"]?.shape)
      // Natural images vary most in brightness, and whitening divides by that: the first filter is the smallest.
      const norms = Array.from({ length: 12 }, (_, output) =>
        Math.hypot(...Array.from({ length: 12 }, (_, input) => filters?.data[input * 24 + output] ?? Number.NaN))
      )
      assert.deepStrictEqual(
        norms.toSorted((a, b) => a - b),
        norms
      )
      assert.isAbove((norms[11] ?? 0) / (norms[0] ?? 1), 10)
    })
  )

  it.effect("leaves the initial weights of other networks to the run", () =>
    Effect.gen(function* () {
      const dataset = yield* Data.subset("cifar10", 300, 1)
      assert.isUndefined(Recipe.plan(recipe, dataset).start)
    })
  )
})
