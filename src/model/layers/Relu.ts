import { Result, Schema } from "effect"
import * as Activation from "../export/kinds/Activation.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"

export const Relu = Schema.TaggedStruct("Relu", {})
export type Relu = typeof Relu.Type

const spec: Relu = { _tag: "Relu" }

/**
 * `max(x, 0)`, of any shape.
 *
 * @category layers
 */
export const relu: SameChannels = spec

export const kindOfRelu = kind("Relu", Relu, () => ({
  parameters: [],
  outputShape: Result.succeed,
  multiplyAdds: () => 0,
  activation: "relu",
  apply: (x, _, { kernels }) => [kernels.relu(x), unchanged],
  export: Activation.relu
}))
