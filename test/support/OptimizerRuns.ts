import { assert } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import type { Kernels } from "../../src/model/Kernels.js"
import type { Tensors } from "../../src/model/Tensors.js"
import type { Transform } from "../../src/train/Transform.js"
import { advance } from "../../src/train/transforms/Joined.js"
import { assertClose } from "./Close.js"
import * as Golden from "./Golden.js"

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

/** A linear layer's weight and bias, in PyTorch's layout: these optimizers know no layout. */
const pair = ([w, b]: typeof Pair.Type): Tensors => ({
  w: tf.tensor2d(w.map((row) => [...row])),
  b: tf.tensor1d([...b])
})

/** Fails unless an optimizer takes the ten steps of a run of test/golden/optimizers.json, the rate doubling at the sixth. */
export const takesSteps = (
  run: string,
  optimizer: Transform,
  tolerance: number,
  kernels: Kernels
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const text = new TextDecoder().decode(yield* Golden.bytes("optimizers.json"))
    const golden = yield* Schema.decodeUnknownEffect(Runs)(text)
    tf.tidy(() => {
      let params = pair([golden.w0, golden.b0])
      let slots = optimizer.init(params)
      const path = golden.runs[run]?.path ?? []
      assert.lengthOf(path, 10)
      for (const [step, [w, b]] of path.entries()) {
        const at = { params, step, learningRate: golden.lr[step] ?? 0, kernels }
        ;({ params, slots } = advance(optimizer, pair(golden.grads[step] ?? [[], []]), slots, at))
        assertClose(params.w?.dataSync() ?? [], w.flat(), tolerance)
        assertClose(params.b?.dataSync() ?? [], b, tolerance)
      }
    })
  }).pipe(Effect.orDie)
