import { Result, Schema } from "effect"
import * as Activation from "../export/kinds/Activation.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"

export const Gelu = Schema.TaggedStruct("Gelu", {})
export type Gelu = typeof Gelu.Type

const spec: Gelu = { _tag: "Gelu" }

/**
 * `x * P(X <= x)` for a standard normal `X`, any shape: the exact form with the error function, not the approximation with `tanh`.
 *
 * **Source** Hendrycks and Gimpel 2016, arXiv:1606.08415.
 *
 * @category layers
 */
export const gelu: SameChannels = spec

export const kindOfGelu = kind("Gelu", Gelu, () => ({
  parameters: [],
  outputShape: Result.succeed,
  multiplyAdds: () => 0,
  activation: "gelu",
  apply: (x, _, { kernels }) => [kernels.gelu(x), unchanged],
  export: Activation.gelu
}))
