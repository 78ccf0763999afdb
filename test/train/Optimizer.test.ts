import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import * as Optimizer from "../../src/train/Optimizer.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import * as Golden from "../support/Golden.js"

const Matrix = Schema.Array(Schema.Array(Schema.Number))
const Vector = Schema.Array(Schema.Number)
const Pair = Schema.Tuple([Matrix, Vector])
const Runs = Schema.fromJsonString(
  Schema.Struct({
    w0: Matrix,
    b0: Vector,
    grads: Schema.Array(Pair),
    lr: Vector,
    runs: Schema.Record(Schema.String, Schema.Struct({ path: Schema.Array(Pair) }))
  })
)

const cases: ReadonlyArray<readonly [golden: string, optimizer: Optimizer.Optimizer]> = [
  ["sgd", Optimizer.sgd()],
  ["sgd_momentum", Optimizer.sgd({ momentum: 0.9 })],
  ["sgd_momentum_wd", Optimizer.sgd({ momentum: 0.9, weightDecay: 0.1 })],
  ["sgd_nesterov_wd", Optimizer.sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.05 })]
]

const tensors = ([w, b]: typeof Pair.Type) => ({
  w: tf.tensor2d(w.map((row) => [...row])),
  b: tf.tensor1d([...b])
})

describe("optimizers", () => {
  it.effect.each(cases)("%s takes PyTorch's ten steps, the rate doubling at the sixth", ([name, { init, update }]) =>
    Effect.gen(function* () {
      const golden = yield* Schema.decodeUnknownEffect(Runs)(
        new TextDecoder().decode(yield* Golden.bytes("optimizers.json"))
      )
      tf.tidy(() => {
        let params: Readonly<Record<string, tf.Tensor>> = tensors([golden.w0, golden.b0])
        let slots = init(params)
        for (const [step, [w, b]] of golden.runs[name]!.path.entries()) {
          const gradients = tensors(golden.grads[step]!)
          const next = update({ params, gradients, slots, rate: golden.lr[step]! })
          params = next.params
          slots = next.slots
          assertClose(params.w!.dataSync(), w.flat(), 1e-6)
          assertClose(params.b!.dataSync(), b, 1e-6)
        }
      })
    }).pipe(Effect.provide(backends.tensorflow))
  )

  it.effect("leaves nothing behind but what it returns", () =>
    Effect.gen(function* () {
      yield* Effect.void
      const { init, update } = Optimizer.sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.1 })
      const before = tf.memory().numTensors
      const params = { w: tf.ones([3]) }
      const gradients = { w: tf.ones([3]) }
      const slots = init(params)
      const next = update({ params, gradients, slots, rate: 0.1 })
      assert.strictEqual(tf.memory().numTensors, before + 5)
      tf.dispose([params, gradients, slots, next])
      assert.strictEqual(tf.memory().numTensors, before)
    }).pipe(Effect.provide(backends.tensorflow))
  )
})
