import * as tf from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import type { Kernels } from "../../src/model/Kernels.js"
import type { Tensors } from "../../src/model/Tensors.js"
import type { Transform } from "../../src/train/Transform.js"
import { advance } from "../../src/train/transforms/Joined.js"
import { assertClose } from "./Close.js"
import * as Golden from "./Golden.js"

const Values = Schema.Record(Schema.String, Schema.Array(Schema.Number))

/** What test/golden/make_optimizers.py writes: values in PyTorch's layouts, flat. */
const File = Schema.fromJsonString(
  Schema.Struct({
    source: Schema.String,
    shapes: Schema.Record(Schema.String, Schema.Array(Schema.Int)),
    rates: Schema.Array(Schema.Number),
    start: Values,
    gradients: Schema.Array(Values),
    target: Values,
    /** The factor of the rate of each parameter of a ResNet-18. */
    layer_decay: Schema.Record(Schema.String, Schema.Number),
    runs: Schema.Record(Schema.String, Schema.Array(Values))
  })
)
export type Ten = typeof File.Type

export const load: Effect.Effect<Ten> = Golden.bytes("optimizers-more.json").pipe(
  Effect.flatMap((bytes) => Schema.decodeUnknownEffect(File)(new TextDecoder().decode(bytes))),
  Effect.orDie
)

const toOurs = (rank: number): ReadonlyArray<number> => (rank === 4 ? [2, 3, 1, 0] : rank === 2 ? [1, 0] : [0])
const toTheirs = (rank: number): ReadonlyArray<number> => (rank === 4 ? [3, 2, 0, 1] : rank === 2 ? [1, 0] : [0])

/** Values in our layouts: HWIO and [in, out]. */
export const tensors = ({ shapes }: Ten, values: typeof Values.Type): Tensors =>
  Object.fromEntries(
    Object.entries(values).map(([path, flat]) => {
      const shape = shapes[path] ?? []
      return [path, tf.transpose(tf.tensor([...flat], [...shape]), [...toOurs(shape.length)])]
    })
  )

/** Fails when tensors in our layouts differ from these values by more than `tolerance` of the largest. */
export const assertTensors = (actual: Tensors, expected: typeof Values.Type | undefined, tolerance = 1e-5): void => {
  for (const [path, tensor] of Object.entries(actual)) {
    const theirs = tf.transpose(tensor, [...toTheirs(tensor.rank)])
    assertClose(theirs.dataSync(), expected?.[path] ?? [], tolerance)
  }
}

/** Takes the ten steps of the golden file's gradients, and compares the parameters after each. */
export const follow = (
  golden: Ten,
  run: string,
  optimizer: Transform,
  kernels: Kernels,
  paths?: (path: string) => boolean
): void =>
  tf.tidy(() => {
    const chosen = (all: Tensors): Tensors =>
      Object.fromEntries(Object.entries(all).filter(([path]) => paths?.(path) ?? true))
    let params = chosen(tensors(golden, golden.start))
    let slots = optimizer.init(params)
    for (const [step, learningRate] of golden.rates.entries()) {
      const gradients = chosen(tensors(golden, golden.gradients[step] ?? {}))
      ;({ params, slots } = advance(optimizer, gradients, slots, { params, step, learningRate, kernels }))
      assertTensors(params, golden.runs[run]?.[step])
    }
  })
