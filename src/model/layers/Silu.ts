import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Activation from "../export/kinds/Activation.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"

export const Silu = Schema.TaggedStruct("Silu", {})
export type Silu = typeof Silu.Type

const spec: Silu = { _tag: "Silu" }

/**
 * `x * sigmoid(x)`, of any shape; also called Swish.
 *
 * @category layers
 */
export const silu: SameChannels = spec

export const kindOfSilu = kind("Silu", Silu, () => ({
  parameters: [],
  outputShape: Result.succeed,
  multiplyAdds: () => 0,
  apply: (x) => [tf.mul(x, tf.sigmoid(x)), unchanged],
  export: Activation.silu
}))
