import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as OwnKernels from "../../../src/services/backend/tensorflow/OwnKernels.js"
import * as TensorFlow from "../../../src/services/backend/tensorflow/TensorFlow.js"
import * as TensorFlowKernels from "../../../src/services/backend/tensorflow/TensorFlowKernels.js"

// Kernels are registered once a process, with the addon that they are given first.
const operations: Array<string> = []
const kernels = (setting: "auto" | "tensorflow") =>
  Effect.gen(function* () {
    const addon = yield* TensorFlow.load()
    const own = setting === "auto" ? yield* OwnKernels.load(addon) : null
    assert.strictEqual(own === null, setting === "tensorflow")
    const execute: typeof addon.execute = (operation, ...rest) => {
      operations.push(operation)
      return addon.execute(operation, ...rest)
    }
    return TensorFlowKernels.make({ ...addon, execute }, own?.instructionSet ?? null)
  })

/** How often each operation runs while `f` is differentiated; nothing may be left. */
const counts = (f: (...variables: Array<tf.Tensor>) => tf.Tensor, variables: () => Array<tf.Tensor>) => {
  operations.length = 0
  const before = tf.memory().numTensors
  tf.tidy(() => {
    tf.grads((...values) => tf.sum(f(...values)))(variables())
  })
  assert.strictEqual(tf.memory().numTensors, before)
  return Object.fromEntries(
    [...new Set(operations)].sort().map((name) => [name, operations.filter((one) => one === name).length])
  )
}

it.effect("the kernels are not for a GPU", () =>
  Effect.gen(function* () {
    const addon = yield* TensorFlow.load()
    assert.isNull(yield* OwnKernels.load({ ...addon, usesGpu: true }))
  })
)

describe("what the tape asks for", () => {
  it.effect.each([
    ["auto", { EffectConv2D: 2, EffectConv2DGradFilter: 2, EffectConv2DGradInput: 1, Relu: 2, ReluGrad: 2 }],
    ["tensorflow", { Conv2D: 2, Conv2DBackpropFilter: 2, Conv2DBackpropInput: 1, Relu: 2, ReluGrad: 2 }]
  ] as const)(
    "the gradient of a convolution's input is computed only where something asks for it: kernels %s",
    ([setting, expected]) =>
      Effect.gen(function* () {
        const { conv2d, relu } = yield* kernels(setting)
        const found = counts(
          (...filters) =>
            filters.reduce(
              (x: tf.Tensor4D, filter) => relu(conv2d(x, filter as tf.Tensor4D, { stride: 2, padding: 1 })),
              tf.ones<tf.Rank.R4>([2, 8, 8, 3])
            ),
          () => [tf.ones([3, 3, 3, 4]), tf.ones([3, 3, 4, 4])]
        )
        assert.deepStrictEqual(found, expected)
      })
  )

  it.effect.each([
    ["auto", { EffectBatchNorm: 1, EffectBatchNormGrad: 1 }],
    ["tensorflow", { FusedBatchNormGradV3: 1, FusedBatchNormV3: 1, Relu: 1, ReluGrad: 1 }]
  ] as const)("batch norm, sum and activation: kernels %s", ([setting, expected]) =>
    Effect.gen(function* () {
      const { batchNormTrain } = yield* kernels(setting)
      const found = counts(
        (x, residual) => {
          const [one, zero] = [tf.ones<tf.Rank.R1>([3]), tf.zeros<tf.Rank.R1>([3])]
          const options = { decay: 0.9, epsilon: 1e-5, activation: "relu", residual: residual as tf.Tensor4D } as const
          return batchNormTrain(x as tf.Tensor4D, one, zero, zero, one, options).y
        },
        () => [tf.ones([2, 8, 8, 3]), tf.ones([2, 8, 8, 3])]
      )
      assert.deepStrictEqual(found, expected)
    })
  )
})
