import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Random from "../../../src/internal/Random.js"
import type { Kernels } from "../../../src/model/Kernels.js"
import { Backend } from "../../../src/services/Backend.js"
import { backends } from "../../support/Backends.js"
import { assertClose } from "../../support/Close.js"

interface Host {
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array
}

const noise = (name: string, ...shape: ReadonlyArray<number>): Host => {
  const { normal } = Random.make(1, name)
  return { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, normal) }
}

type Operation = (kernels: Kernels, inputs: Array<tf.Tensor>) => ReadonlyArray<tf.Tensor>

/** Outputs of `operation`, and the gradients of its first output (weighted at random) by the first `differentiated` inputs. */
const evaluate = (operation: Operation, inputs: ReadonlyArray<Host>, differentiated: number) =>
  Effect.gen(function* () {
    const { kernels } = yield* Backend
    return tf.tidy(() => {
      const tensors = inputs.map(({ shape, data }) => tf.tensor(data, [...shape]))
      const outputs = operation(kernels, tensors)
      const weights = noise("weights", ...outputs[0]!.shape)
      const gradients = tf.grads((...xs: Array<tf.Tensor>) =>
        tf.sum(
          tf.mul(
            operation(kernels, [...xs, ...tensors.slice(differentiated)])[0]!,
            tf.tensor(weights.data, [...weights.shape])
          )
        )
      )(tensors.slice(0, differentiated))
      return [...outputs, ...gradients].map((tensor) => ({ shape: tensor.shape, data: tensor.dataSync<"float32">() }))
    })
  })

const assertEqualEverywhere = (operation: Operation, inputs: ReadonlyArray<Host>, differentiated: number) =>
  Effect.gen(function* () {
    const native = yield* evaluate(operation, inputs, differentiated).pipe(Effect.provide(backends.tensorflow))
    const reference = yield* evaluate(operation, inputs, differentiated).pipe(Effect.provide(backends.cpu))
    assert.strictEqual(native.length, reference.length)
    for (const [index, expected] of reference.entries()) {
      assert.deepStrictEqual(native[index]!.shape, expected.shape)
      assertClose(native[index]!.data, expected.data, 1e-5)
    }
  })

describe("the kernels on TensorFlow equal the reference ones: outputs, gradients, running statistics", () => {
  it.effect.each([
    [8, 3, 5, 3, 1, 1],
    [8, 4, 6, 3, 2, 1],
    [9, 4, 6, 3, 2, 1],
    [8, 4, 8, 1, 2, 0],
    [7, 2, 3, 5, 1, 2],
    [8, 3, 24, 2, 1, 0],
    [6, 3, 4, 3, 1, 2]
  ])(
    "conv2d of size %i, %i to %i channels, window %i, stride %i, padding %i",
    ([size, cIn, cOut, window, stride, padding]) =>
      assertEqualEverywhere(
        (kernels, [x, filter]) => [
          kernels.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, { stride: stride!, padding: padding! })
        ],
        [noise("x", 2, size!, size!, cIn!), noise("filter", window!, window!, cIn!, cOut!)],
        2
      )
  )

  it.effect("relu", () => assertEqualEverywhere((kernels, [x]) => [kernels.relu(x!)], [noise("x", 2, 3, 4, 5)], 1))

  const statistics = [noise("mean", 5), { shape: [5], data: Float32Array.of(0.5, 1, 1.5, 2, 2.5) }]

  it.effect.each([1e-5, 1e-12])("batch norm in training, epsilon %d", (epsilon) =>
    assertEqualEverywhere(
      (kernels, [x, scale, offset, mean, variance]) => {
        const result = kernels.batchNormTrain(
          x as tf.Tensor4D,
          scale as tf.Tensor1D,
          offset as tf.Tensor1D,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          { decay: 0.9, epsilon }
        )
        return [result.y, result.mean, result.variance]
      },
      [noise("x", 3, 4, 6, 5), noise("scale", 5), noise("offset", 5), ...statistics],
      3
    )
  )

  it.effect("batch norm in evaluation", () =>
    assertEqualEverywhere(
      (kernels, [x, scale, offset, mean, variance]) => [
        kernels.batchNormEval(
          x as tf.Tensor4D,
          scale as tf.Tensor1D,
          offset as tf.Tensor1D,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          { epsilon: 1e-5 }
        )
      ],
      [noise("x", 3, 4, 6, 5), noise("scale", 5), noise("offset", 5), ...statistics],
      3
    )
  )
})
