import { Result, Schema } from "effect"
import * as Pool from "../export/kinds/Pool.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"
import { rank4 } from "../Rank.js"
import { Count, image, slide } from "../Shape.js"

export const MaxPool = Schema.TaggedStruct("MaxPool", {
  size: Count,
  stride: Count,
  padding: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
})
export type MaxPool = typeof MaxPool.Type

/**
 * Largest value of each square window; padding never wins.
 *
 * **Shapes** `x [n, h, w, c]` -> `[n, h', w', c]`, `h' = floor((h + 2 padding - size) / stride) + 1`; `stride` defaults to `size`.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Kinds, Layers } from "effect-tensorflow/model"
 *
 * const layer = Kinds.layerOf(Kinds.builtIn, Layers.maxPool(3, { stride: 2, padding: 1 }))
 *
 * Result.getOrThrow(layer.outputShape([32, 32, 16])) // => [16, 16, 16]
 * ```
 * @category layers
 */
export const maxPool = (
  size: number,
  options: { readonly stride?: number; readonly padding?: number } = {}
): SameChannels => {
  const spec: MaxPool = { _tag: "MaxPool", size, stride: options.stride ?? size, padding: options.padding ?? 0 }
  return spec
}

export const kindOfMaxPool = kind("MaxPool", MaxPool, (spec) => ({
  parameters: [],
  outputShape: (input) => image(input).pipe(Result.flatMap(([, , channels]) => slide(input, spec, channels))),
  multiplyAdds: () => 0,
  apply: (x, _, { kernels }) => [kernels.maxPool(rank4(x), spec), unchanged],
  export: Pool.maxPool(spec)
}))
