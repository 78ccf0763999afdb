import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { valueAndGradients } from "../../src/internal/Gradients.js"
import { backends } from "../support/Backends.js"
import { assertNoLeak } from "../support/NoLeak.js"

describe("valueAndGradients", () => {
  it.effect(
    "gives the value, every gradient, zeros where nothing depends on a parameter, and what is asked for beside",
    () =>
      Effect.gen(function* () {
        yield* Effect.void
        const params = { a: tf.tensor1d([1, 2]), b: tf.tensor1d([3, 4]), unused: tf.zeros([2]), alike: tf.zeros([2]) }
        const before = tf.memory().numTensors
        const { aux } = tf.tidy(() => {
          const { aux, gradients, value } = valueAndGradients(({ a, b }) => {
            const product = tf.mul(a ?? assert.fail("no a"), b ?? assert.fail("no b"))
            return { value: tf.sum(product), aux: { product } }
          }, params)
          assert.deepStrictEqual(Array.from(value.dataSync()), [11])
          assert.deepStrictEqual(
            Object.entries(gradients).map(([path, gradient]) => [path, Array.from(gradient.dataSync())]),
            [
              ["a", [3, 4]],
              ["b", [1, 2]],
              ["unused", [0, 0]],
              ["alike", [0, 0]]
            ]
          )
          return { aux: { ...aux } }
        })
        // The auxiliary tensors outlive the tidy, whoever returns them, and nothing else does.
        assert.deepStrictEqual(Array.from(aux.product.dataSync()), [3, 8])
        assert.strictEqual(tf.memory().numTensors, before + 1)
        tf.dispose([params, aux])
      }).pipe(assertNoLeak, Effect.provide(backends.cpu))
  )

  it.effect.each([
    [
      "forward",
      () => {
        throw new Error("broken")
      }
    ],
    ["backward", (x: tf.Tensor) => tf.sum<tf.Scalar>(tf.cast(tf.greater(x, 1), "float32"))]
  ] as const)("leaves nothing when the %s pass throws, and works again", ([, finish]) =>
    Effect.gen(function* () {
      yield* Effect.void
      const params = { a: tf.tensor1d([1, 2]) }
      tf.tidy(() => {
        const before = tf.memory().numTensors
        assert.throws(() =>
          tf.tidy(() => {
            valueAndGradients(({ a }) => {
              const square = tf.square(tf.exp(a ?? assert.fail("no a")))
              return { value: finish(square), aux: { square } }
            }, params)
          })
        )
        assert.strictEqual(tf.memory().numTensors, before)
        const { aux, gradients } = valueAndGradients(
          ({ a }) => ({ value: tf.sum(a ?? assert.fail("no a")), aux: {} }),
          params
        )
        assert.deepStrictEqual([aux, Array.from(gradients.a?.dataSync() ?? [])], [{}, [1, 1]])
      })
      tf.dispose(params)
    }).pipe(assertNoLeak, Effect.provide(backends.cpu))
  )
})
