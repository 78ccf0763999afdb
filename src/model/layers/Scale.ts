import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Activation from "../export/kinds/Activation.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"

export const Scale = Schema.TaggedStruct("Scale", { by: Schema.Finite })
export type Scale = typeof Scale.Type

/**
 * Multiplies by a constant, any shape; as the last part of a network, it softens or sharpens the logits.
 *
 * @category layers
 */
export const scale = (by: number): SameChannels => {
  const spec: Scale = { _tag: "Scale", by }
  return spec
}

export const kindOfScale = kind("Scale", Scale, ({ by }) => ({
  parameters: [],
  outputShape: Result.succeed,
  multiplyAdds: () => 0,
  apply: (x) => [tf.mul(x, by), unchanged],
  export: Activation.scale(by)
}))
