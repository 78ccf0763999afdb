import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Loss from "../../src/train/Loss.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import * as Golden from "../support/Golden.js"
import { oneHot } from "../support/OneHot.js"

describe("cross entropy", () => {
  // The numbers are those of the cases in ops.json.
  it.effect.each([
    [19, 0],
    [20, 0.1],
    [21, 0.2]
  ] as const)("case %i, smoothing %f: value and gradient are PyTorch's", ([id, labelSmoothing]) =>
    Effect.gen(function* () {
      const { labels, out, x, dx } = Golden.under(yield* Golden.load("ops"), `${id}.`)
      tf.tidy(() => {
        const loss = Loss.crossEntropy({ labelSmoothing })
        const logits = Golden.tensor(x!)
        const expected = oneHot(Array.from(labels!.data, Number), logits.shape[1]!)
        const { grad, value } = tf.valueAndGrad((logits: tf.Tensor) => loss.mean(logits as tf.Tensor2D, expected))(
          logits
        )
        assertClose(value.dataSync(), out!.data as Float32Array, 1e-6)
        assertClose(grad.dataSync(), dx!.data as Float32Array, 1e-5)
      })
    }).pipe(Effect.provide(backends.tensorflow))
  )

  it.effect("is the same on wasm", () =>
    Effect.gen(function* () {
      yield* Effect.void
      const loss = Loss.crossEntropy({ labelSmoothing: 0.2 })
      // -(0.9 log 0.5 + 0.1 log 0.5)
      const value = tf.tidy(() => loss.mean(tf.zeros([2, 2]), oneHot([0, 1], 2)).dataSync()[0]!)
      assert.closeTo(value, Math.LN2, 1e-6)
    }).pipe(Effect.provide(backends.wasm))
  )

  it.effect("is the mean over the samples", () =>
    Effect.gen(function* () {
      yield* Effect.void
      tf.tidy(() => {
        const loss = Loss.crossEntropy()
        const one = loss.mean(tf.tensor2d([[0, 0]]), oneHot([0], 2)).dataSync()[0]!
        const three = loss.mean(tf.zeros([3, 2]), oneHot([0, 1, 0], 2)).dataSync()[0]!
        assert.closeTo(one, Math.LN2, 1e-6)
        assert.closeTo(three, one, 1e-6)
      })
    }).pipe(Effect.provide(backends.tensorflow))
  )
})
