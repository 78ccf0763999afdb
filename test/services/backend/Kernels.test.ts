import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Random from "../../../src/internal/Random.js"
import { Backend } from "../../../src/services/backend/Backend.js"
import { assertEqualsReference, noise } from "../../support/Evaluate.js"

const statistics = [noise("mean", 5), { shape: [5], data: Float32Array.of(0.5, 1, 1.5, 2, 2.5) }]

describe.each([
  ["tensorflow", Backend.layerTensorFlow()],
  ["tensorflow's own kernels", Backend.layerTensorFlow({ kernels: "tensorflow" })],
  ["wasm", Backend.layerWasm]
] as const)("the kernels on %s equal the reference ones: outputs, gradients, running statistics", (_, layer) => {
  it.effect.each([
    [8, 3, 5, 3, 1, 1],
    [8, 4, 6, 3, 2, 1],
    [9, 4, 6, 3, 2, 1],
    [8, 4, 8, 1, 2, 0],
    [9, 4, 8, 1, 2, 0],
    [16, 1, 16, 1, 2, 0],
    [16, 7, 33, 1, 2, 0],
    [15, 15, 8, 1, 3, 0],
    [15, 3, 16, 1, 2, 1],
    [10, 3, 4, 2, 3, 0],
    [7, 2, 3, 5, 1, 2],
    [8, 3, 24, 2, 1, 0],
    [6, 3, 4, 3, 1, 2],
    [6, 3, 4, 1, 1, 1]
  ])(
    "conv2d of size %i, %i to %i channels, window %i, stride %i, padding %i",
    ([size, cIn, cOut, window, stride, padding]) =>
      assertEqualsReference(
        layer,
        (kernels, [x, filter]) => [
          kernels.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, { stride: stride!, padding: padding! })
        ],
        [noise("x", 2, size!, size!, cIn!), noise("filter", window!, window!, cIn!, cOut!)],
        2
      )
  )

  it.effect.each([
    [8, 4, 6, 2, 3, 1, 1],
    [9, 4, 8, 2, 3, 2, 1],
    [8, 4, 4, 4, 3, 1, 1],
    [9, 4, 8, 4, 3, 2, 1],
    [8, 3, 3, 3, 2, 2, 0],
    [7, 4, 4, 4, 7, 1, 3]
  ])(
    "conv2d of size %i, %i to %i channels in %i groups, window %i, stride %i, padding %i",
    ([size, cIn, cOut, groups, window, stride, padding]) =>
      assertEqualsReference(
        layer,
        (kernels, [x, filter]) => [
          kernels.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, { stride: stride!, padding: padding! })
        ],
        [noise("x", 2, size!, size!, cIn!), noise("filter", window!, window!, cIn! / groups!, cOut!)],
        2
      )
  )

  it.effect("uniform numbers: between 0 and 1 without 1, even, the same for the same generator", () =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      const draw = (seed: number) =>
        tf.tidy(() => kernels.uniform([20, 30, 40], Random.make(seed, "uniform")).dataSync<"float32">())
      const data = draw(1)
      assert.isTrue(data.every((x) => x >= 0 && x < 1))
      for (const moment of [1, 2, 3]) {
        const mean = data.reduce((sum, x) => sum + x ** moment, 0) / data.length
        // Four standard errors of 24,000 draws.
        assert.closeTo(mean, 1 / (moment + 1), 0.008)
      }
      assert.deepStrictEqual(draw(1), data)
      assert.notDeepEqual(draw(2), data)
    }).pipe(Effect.provide(layer))
  )

  it.effect("relu", () =>
    assertEqualsReference(layer, (kernels, [x]) => [kernels.relu(x!)], [noise("x", 2, 3, 4, 5)], 1)
  )

  it.effect("gelu", () =>
    assertEqualsReference(layer, (kernels, [x]) => [kernels.gelu(x!)], [noise("x", 2, 3, 4, 5)], 1)
  )

  const epilogues = (["relu", "gelu", undefined] as const).flatMap((activation) =>
    [false, true].map((sum) => ({ activation, sum }))
  )

  it.effect.each([
    ...epilogues.map((epilogue) => ({ ...epilogue, epsilon: 1e-5 })),
    { activation: undefined, sum: false, epsilon: 1e-12 }
  ])("batch norm in training, epsilon $epsilon, activation $activation, sum $sum", ({ activation, epsilon, sum }) =>
    assertEqualsReference(
      layer,
      (kernels, [x, scale, offset, ...rest]) => {
        const [residual] = sum ? rest.splice(0, 1) : []
        const [mean, variance] = rest
        const result = kernels.batchNormTrain(
          x as tf.Tensor4D,
          scale as tf.Tensor1D,
          offset as tf.Tensor1D,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          { decay: 0.9, epsilon, activation, residual: residual as tf.Tensor4D | undefined }
        )
        return [result.y, result.mean, result.variance]
      },
      [
        noise("x", 3, 4, 6, 5),
        noise("scale", 5),
        noise("offset", 5),
        ...(sum ? [noise("residual", 3, 4, 6, 5)] : []),
        ...statistics
      ],
      sum ? 4 : 3
    )
  )

  it.effect.each(epilogues)("batch norm in evaluation, activation $activation, sum $sum", ({ activation, sum }) =>
    assertEqualsReference(
      layer,
      (kernels, [x, scale, offset, ...rest]) => {
        const [residual] = sum ? rest.splice(0, 1) : []
        const [mean, variance] = rest
        return [
          kernels.batchNormEval(
            x as tf.Tensor4D,
            scale as tf.Tensor1D,
            offset as tf.Tensor1D,
            mean as tf.Tensor1D,
            variance as tf.Tensor1D,
            { epsilon: 1e-5, activation, residual: residual as tf.Tensor4D | undefined }
          )
        ]
      },
      [
        noise("x", 3, 4, 6, 5),
        noise("scale", 5),
        noise("offset", 5),
        ...(sum ? [noise("residual", 3, 4, 6, 5)] : []),
        ...statistics
      ],
      sum ? 6 : 5
    )
  )

  it.effect.each([
    [8, 2, 2],
    [9, 3, 2]
  ] as const)("pools of size %i, window %i, stride %i", ([size, window, stride]) =>
    assertEqualsReference(
      layer,
      (_, [x]) => [
        tf.concat([
          tf.maxPool(x as tf.Tensor4D, window, stride, "valid"),
          tf.avgPool(x as tf.Tensor4D, window, stride, "valid")
        ])
      ],
      [noise("x", 2, size, size, 4)],
      1
    )
  )

  it.effect("a small classifier: convolution, batch norm, pool, linear layer, cross entropy", () =>
    assertEqualsReference(
      layer,
      (kernels, [filter, scale, offset, weight, bias, x]) => {
        const convolved = kernels.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, { stride: 1, padding: 1 })
        const zeros = tf.zeros<tf.Rank.R1>([4])
        const { y } = kernels.batchNormTrain(
          convolved,
          scale as tf.Tensor1D,
          offset as tf.Tensor1D,
          zeros,
          tf.ones([4]),
          { decay: 0.9, epsilon: 1e-5 }
        )
        const features = tf.mean(tf.maxPool(kernels.relu(y), 2, 2, "valid"), [1, 2])
        const logits = tf.add(tf.matMul(features, weight!), bias!)
        return [tf.neg(tf.mean(tf.sum(tf.mul(tf.oneHot([0, 2], 3), tf.logSoftmax(logits)), 1)))]
      },
      [
        noise("filter", 3, 3, 2, 4),
        noise("scale", 4),
        noise("offset", 4),
        noise("weight", 4, 3),
        noise("bias", 3),
        noise("x", 2, 8, 8, 2)
      ],
      5
    )
  )
})
