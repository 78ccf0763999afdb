import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Init from "../../src/model/Init.js"
import { batchNorm, chain, conv, globalAvgPool, linear, named, relu } from "../../src/model/Layers.js"
import type { Network } from "../../src/model/Network.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Loss from "../../src/train/Loss.js"
import * as Optimizer from "../../src/train/Optimizer.js"
import * as Step from "../../src/train/Step.js"
import { PartError } from "../../src/train/TrainError.js"
import * as TrainState from "../../src/train/TrainState.js"
import { mapTensors, type Transform } from "../../src/train/Transform.js"
import { backends } from "../support/Backends.js"
import * as Evaluate from "../support/Evaluate.js"
import * as Golden from "../support/Golden.js"
import { assertNoLeak } from "../support/NoLeak.js"
import { oneHot } from "../support/OneHot.js"

const network: Network = {
  name: "test",
  input: { height: 6, width: 6, channels: 2 },
  classes: 3,
  body: chain(
    named("conv", conv(2, 4)),
    named("bn", batchNorm(4)),
    named("relu", relu),
    named("pool", globalAvgPool),
    named("linear", linear(4, 3))
  )
}

const lossOf = (mean: (outputs: tf.Tensor2D, targets: tf.Tensor2D) => unknown): Loss.Loss => ({
  spec: { _tag: "Mine" },
  tasks: ["classes"],
  // What a program without types may do.
  mean: mean as Loss.Loss["mean"]
})

const momentum = Optimizer.trace({ momentum: 0.9 })

/** Momentum whose functions are replaced by those of a program without types. */
const optimizerOf = (functions: { readonly init?: unknown; readonly update?: unknown }, elementwise = false) =>
  ({ ...momentum, spec: { _tag: "Mine" }, elementwise, ...functions }) as Transform

const without = <A>(record: Readonly<Record<string, A>>, name: string) =>
  Object.fromEntries(Object.entries(record).filter(([path]) => path !== name))

const { update } = momentum

/** The message and the cause of what a step, and the beginning of its state, throw. */
const errorOf = (
  {
    loss = Loss.crossEntropy(),
    optimizer = Optimizer.sgd()
  }: { readonly loss?: Loss.Loss; readonly optimizer?: Transform },
  lose: (train: TrainState.TrainState) => void = () => undefined
) =>
  Effect.gen(function* () {
    const { kernels } = yield* Backend
    const { params, state } = Init.init(network, 0)
    const weights = { params: Golden.upload(params), state: Golden.upload(state) }
    const images = Golden.upload({ x: Evaluate.noise("x", 5, 6, 6, 2) }).x as tf.Tensor4D
    const targets = oneHot([0, 1, 2, 1, 0], 3)
    const thrown = yield* Effect.try({
      try: () =>
        tf.tidy(() => {
          const train = TrainState.start(weights, { optimizer })
          lose(train)
          const before = tf.memory().numTensors
          try {
            Step.make({ network, kernels, loss, optimizer, seed: 0 })(train, images, targets, 0.1)
          } finally {
            assert.strictEqual(tf.memory().numTensors, before)
          }
        }),
      catch: (cause) => cause
    }).pipe(Effect.flip)
    tf.dispose([weights, images, targets])
    return thrown instanceof PartError ? thrown : assert.fail(`not a PartError: ${String(thrown)}`)
  }).pipe(assertNoLeak)

const losses: ReadonlyArray<readonly [mistake: string, loss: Loss.Loss, says: string]> = [
  ["throws", lossOf(() => assert.fail("no loss today")), "threw: no loss today"],
  ["returns nothing", lossOf(() => undefined), "gave nothing; expected a scalar, the mean over the batch of 5"],
  ["returns a number", lossOf(() => 1), "gave a number; expected a scalar"],
  ["returns a promise", lossOf(async () => tf.scalar(1)), "gave an object; expected a scalar"],
  ["returns a vector", lossOf((outputs) => tf.mean(outputs, 1)), "gave a tensor of shape [5]; expected a scalar"],
  [
    "returns a tensor that it frees",
    lossOf((outputs) => {
      const mean = tf.mean(outputs)
      mean.dispose()
      return mean
    }),
    "gave a tensor that was disposed of; expected a scalar"
  ],
  [
    "frees the outputs",
    lossOf((outputs, targets) => {
      const mean = Loss.crossEntropy().mean(outputs, targets)
      outputs.dispose()
      return mean
    }),
    "disposed of the outputs that it was given"
  ],
  [
    "has no gradient",
    lossOf((outputs, targets) => tf.mean(tf.cast(tf.equal(tf.argMax(outputs, 1), tf.argMax(targets, 1)), "float32"))),
    "cannot be differentiated: Equal, which it or a custom layer uses, has no gradient"
  ]
]

const optimizers: ReadonlyArray<readonly [mistake: string, optimizer: Transform, says: string]> = [
  ["has an init that throws", optimizerOf({ init: () => assert.fail("no slots today") }), "threw: no slots today"],
  [
    "has an init that returns nothing",
    optimizerOf({ init: () => undefined }),
    "gave nothing from init; expected tensors"
  ],
  [
    "has an init that returns a tensor where a group is expected",
    optimizerOf({ init: () => ({ trace: tf.zeros([3]) }) }),
    'gave a tensor of shape [3] from init for the slot "trace"; expected tensors by path'
  ],
  [
    "has an init that returns numbers",
    optimizerOf({ init: () => ({ trace: { "conv.weight": 0 } }) }),
    'gave a number from init for the slot "trace" of conv.weight; expected a tensor'
  ],
  ["throws", optimizerOf({ update: () => assert.fail("no update today") }), "threw: no update today"],
  ["returns nothing", optimizerOf({ update: () => undefined }), "gave nothing from update; expected a pair"],
  [
    "returns the updates alone",
    optimizerOf({ update: (gradients: unknown) => gradients }),
    "gave an object from update; expected a pair of updates and slots"
  ],
  [
    "forgets its slots",
    optimizerOf({ update: (...args: Parameters<typeof update>) => [update(...args)[0], {}] }),
    'gave nothing from update for the slot "trace" of the parameters; expected tensors by path'
  ],
  [
    "misses a path",
    optimizerOf({
      update: (...args: Parameters<typeof update>) => {
        const [updates, slots] = update(...args)
        return [without(updates, "conv.weight"), slots]
      }
    }),
    "gave nothing from update for conv.weight; expected a tensor of shape [3, 3, 2, 4]"
  ],
  [
    "misses a path of a slot",
    optimizerOf({
      update: (...args: Parameters<typeof update>) => {
        const [updates, slots] = update(...args)
        return [updates, { trace: without(slots.trace ?? {}, "conv.weight") }]
      }
    }),
    'gave nothing from update for the slot "trace" of conv.weight; expected a tensor of shape [3, 3, 2, 4]'
  ],
  [
    // It would be spread over the parameter.
    "gives an update of another shape",
    optimizerOf({
      update: (...args: Parameters<typeof update>) => {
        const [updates, slots] = update(...args)
        return [mapTensors(updates, (tensor) => tf.mean(tensor)), slots]
      }
    }),
    "gave a tensor of shape [] from update for conv.weight; expected a tensor of shape [3, 3, 2, 4]"
  ],
  [
    "gives a slot of another shape",
    optimizerOf({
      update: (...args: Parameters<typeof update>) => {
        const [updates, slots] = update(...args)
        return [updates, { trace: mapTensors(slots.trace ?? {}, (tensor) => tf.expandDims(tensor)) }]
      }
    }),
    'gave a tensor of shape [1, 3, 3, 2, 4] from update for the slot "trace" of conv.weight; expected a tensor of shape'
  ],
  [
    "gives an update that it frees",
    optimizerOf({
      update: (...args: Parameters<typeof update>) => {
        const [updates, slots] = update(...args)
        return [mapTensors(updates, freed), slots]
      }
    }),
    "gave a tensor that was disposed of from update for conv.weight"
  ]
]

const freed = (tensor: tf.Tensor): tf.Tensor => {
  const copy = tf.neg(tensor)
  copy.dispose()
  return copy
}

describe("a mistake in a part of a plan is a PartError that says what it is, and leaves no tensor", () => {
  it.effect.each(losses)("a loss that %s", ([, loss, says]) =>
    Effect.gen(function* () {
      const { message, part } = yield* errorOf({ loss })
      assert.strictEqual(part, "loss")
      assert.include(message, `the loss of the plan ${says}`)
    }).pipe(Effect.provide(backends.tensorflow))
  )

  it.effect.each(optimizers)("an optimizer that %s", ([, optimizer, says]) =>
    Effect.gen(function* () {
      const { message, part } = yield* errorOf({ optimizer })
      assert.strictEqual(part, "optimizer")
      assert.include(message, `the optimizer of the plan ${says}`)
      for (const within of [
        Optimizer.chain(optimizer, Optimizer.scaleByLearningRate),
        Optimizer.partition(() => "all", { all: optimizer }),
        { ...optimizer, elementwise: true }
      ]) {
        // Within others, slots have longer names; tensors that are joined have the name of the first and another shape.
        const error = yield* errorOf({ optimizer: within })
        assert.include(error.message, says.split(" from ")[0]?.split(" [")[0] ?? says)
      }
    }).pipe(Effect.provide(backends.tensorflow))
  )

  it.effect("keeps what was thrown as its cause", () =>
    Effect.gen(function* () {
      const thrown = new Error("no loss today")
      const loss = lossOf(() => {
        throw thrown
      })
      assert.strictEqual((yield* errorOf({ loss })).cause, thrown)
    }).pipe(Effect.provide(backends.tensorflow))
  )

  it.effect.each([
    ["params", "conv.weight"],
    ["state", "bn.running_mean"],
    ["optimizer/1/trace", "linear.bias"]
  ] as const)("a tensor of %s that was freed", ([group, path]) =>
    Effect.gen(function* () {
      const { message } = yield* errorOf({ optimizer: Optimizer.sgd({ momentum: 0.9 }) }, ({ groups }) =>
        groups[group]?.[path]?.dispose()
      )
      assert.include(message, `lost the tensor ${path} (${group}): it was disposed of outside the run`)
    }).pipe(Effect.provide(backends.tensorflow))
  )
})

describe("a transform that returns tensors as they were", () => {
  /** Adds the distance to the parameters that a run began with, which it keeps as they are. */
  const towardsStart: Transform = {
    spec: { _tag: "TowardsStart" },
    elementwise: true,
    init: (params) => ({ start: params }),
    update: (gradients, slots, { params }) => [
      mapTensors(gradients, (gradient, path) => tf.add(gradient, tf.sub(params[path]!, slots.start![path]!))),
      slots
    ]
  }

  it.effect.each([true, false])("keeps them alive, and leaks none; joined: %s", (elementwise) =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      const optimizer = Optimizer.chain({ ...towardsStart, elementwise }, Optimizer.scaleByLearningRate)
      const { params, state } = Init.init(network, 0)
      const step = Step.make({ network, kernels, loss: Loss.crossEntropy(), optimizer, seed: 0 })
      let train = TrainState.start({ params: Golden.upload(params), state: Golden.upload(state) }, { optimizer })
      const images = Golden.upload({ x: Evaluate.noise("x", 5, 6, 6, 2) }).x as tf.Tensor4D
      const targets = oneHot([0, 1, 2, 1, 0], 3)
      for (let i = 0; i < 3; i++) {
        const { next } = step(train, images, targets, 0.1)
        TrainState.dispose(train)
        train = next
      }
      const kept = Golden.download(train.groups["optimizer/0/start"] ?? {})
      assert.deepStrictEqual(Object.keys(kept).sort(), Object.keys(params).sort())
      for (const [path, { data }] of Object.entries(params)) assert.deepStrictEqual(kept[path]?.data, data, path)
      TrainState.dispose(train)
      tf.dispose([images, targets])
    }).pipe(assertNoLeak, Effect.provide(backends.tensorflow))
  )
})
