import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result, Schema } from "effect"
import * as Airbench from "../../src/model/families/Airbench.js"
import * as Network from "../../src/model/Network.js"
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

  it.effect("groups advance each parameter as its own optimizer would alone, at its own rate", () =>
    Effect.gen(function* () {
      yield* Effect.void
      // airbench: the biases of batch norms at 64 times the rate, decayed the less.
      const biases = Optimizer.sgd({ momentum: 0.85, nesterov: true, weightDecay: 2.0788e-5 })
      const others = Optimizer.sgd({ momentum: 0.85, nesterov: true, weightDecay: 1.33043e-3 })
      const isBias = (path: string) => /bn\d\.bias$/.test(path)
      const optimizer = Optimizer.groups([{ where: isBias, optimizer: biases, rateScale: 64 }], others)
      tf.tidy(() => {
        const tensors = (seed: number) => ({
          "conv1.weight": tf.randomNormal([2, 3], 0, 1, "float32", seed),
          "bn1.weight": tf.randomNormal([3], 0, 1, "float32", seed + 1),
          "bn1.bias": tf.randomNormal([3], 0, 1, "float32", seed + 2),
          "bn2.bias": tf.randomNormal([3], 0, 1, "float32", seed + 3)
        })
        const start = tensors(1)
        let params: Readonly<Record<string, tf.Tensor>> = start
        let slots = optimizer.init(params)
        const alone = new Map(Object.entries(start).map(([path, value]) => [path, { value, slots: {} }]))
        for (const [path, one] of alone) {
          alone.set(path, { ...one, slots: (isBias(path) ? biases : others).init({ [path]: one.value }) })
        }
        for (const step of [0, 1, 2]) {
          const gradients: Readonly<Record<string, tf.Tensor>> = tensors(10 * step + 10)
          const next = optimizer.update({ params, gradients, slots, rate: 0.01 })
          params = next.params
          slots = next.slots
          for (const [path, one] of alone) {
            const updated = (isBias(path) ? biases : others).update({
              params: { [path]: one.value },
              gradients: { [path]: gradients[path]! },
              slots: one.slots,
              rate: isBias(path) ? 0.64 : 0.01
            })
            alone.set(path, { value: updated.params[path]!, slots: updated.slots })
            assertClose(params[path]!.dataSync(), updated.params[path]!.dataSync(), 1e-6)
          }
        }
        assert.deepStrictEqual(Object.keys(slots).sort(), Object.keys(start).sort())
      })
      assert.strictEqual(optimizer.name, `groups (${biases.name} at 64 times the rate; ${others.name})`)
      assert.deepStrictEqual(
        Optimizer.assign(optimizer, ["conv1.weight", "bn1.bias"]),
        Result.succeed([["bn1.bias"], ["conv1.weight"]])
      )
    }).pipe(Effect.provide(backends.tensorflow))
  )

  it("groups are found by the kind of layer and by shape: airbench's, and no decay for what is a vector", () => {
    const parameters = Network.parameters(Airbench.airbench94()).filter(({ role }) => role === "param")
    const paths = parameters.map(({ path }) => path)
    const chosen = (of: (parameter: Network.Located) => boolean) => {
      const members = new Set(parameters.filter(of).map(({ path }) => path))
      return { where: (path: string) => members.has(path), optimizer: Optimizer.sgd() }
    }
    const norms = chosen(({ kind, name }) => kind === "BatchNorm" && name === "bias")
    const vectors = chosen(({ shape }) => shape.length === 1)
    const sizes = (optimizer: Optimizer.Optimizer) =>
      Result.map(Optimizer.assign(optimizer, paths), (parts) => parts.map(({ length }) => length))
    assert.deepStrictEqual(sizes(Optimizer.groups([norms], Optimizer.sgd())), Result.succeed([6, 8]))
    assert.deepStrictEqual(sizes(Optimizer.groups([vectors], Optimizer.sgd())), Result.succeed([7, 7]))
    // What stands first has them: nothing is left of the biases.
    assert.isTrue(Result.isFailure(sizes(Optimizer.groups([vectors, norms], Optimizer.sgd()))))
  })

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
