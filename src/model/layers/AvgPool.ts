import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Pool from "../export/kinds/Pool.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"
import { rank4 } from "../Rank.js"
import { Count, image, slide } from "../Shape.js"

export const AvgPool = Schema.TaggedStruct("AvgPool", { size: Count, stride: Count })
export type AvgPool = typeof AvgPool.Type

/**
 * Mean of each square window.
 *
 * **Shapes** `x [n, h, w, c]` -> `[n, h', w', c]`, `h' = floor((h - size) / stride) + 1`; `stride` defaults to `size`.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Kinds, Layers } from "effect-tensorflow/model"
 *
 * const layer = Kinds.layerOf(Kinds.builtIn, Layers.avgPool(2))
 *
 * Result.getOrThrow(layer.outputShape([32, 32, 16])) // => [16, 16, 16]
 * ```
 * @category layers
 */
export const avgPool = (size: number, options: { readonly stride?: number } = {}): SameChannels => {
  const spec: AvgPool = { _tag: "AvgPool", size, stride: options.stride ?? size }
  return spec
}

export const kindOfAvgPool = kind("AvgPool", AvgPool, (spec) => ({
  parameters: [],
  outputShape: (input) =>
    image(input).pipe(Result.flatMap(([, , channels]) => slide(input, { ...spec, padding: 0 }, channels))),
  multiplyAdds: () => 0,
  apply: (x) => [tf.avgPool(rank4(x), spec.size, spec.stride, "valid"), unchanged],
  export: Pool.avgPool(spec)
}))
