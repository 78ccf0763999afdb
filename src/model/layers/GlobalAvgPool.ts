import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Pool from "../export/kinds/Pool.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"
import { image } from "../Shape.js"

export const GlobalAvgPool = Schema.TaggedStruct("GlobalAvgPool", {})
export type GlobalAvgPool = typeof GlobalAvgPool.Type

const spec: GlobalAvgPool = { _tag: "GlobalAvgPool" }

/**
 * Mean of each channel over the whole image, whatever its size.
 *
 * **Shapes** `x [n, h, w, c]` -> `[n, c]`.
 *
 * @category layers
 */
export const globalAvgPool: SameChannels = spec

export const kindOfGlobalAvgPool = kind("GlobalAvgPool", GlobalAvgPool, () => ({
  parameters: [],
  outputShape: (input) => image(input).pipe(Result.map(([, , channels]) => [channels])),
  multiplyAdds: () => 0,
  apply: (x) => [tf.mean(x, [1, 2]), unchanged],
  export: Pool.globalAvgPool
}))
