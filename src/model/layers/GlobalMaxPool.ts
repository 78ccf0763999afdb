import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Pool from "../export/kinds/Pool.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"
import { rank4 } from "../Rank.js"
import { image } from "../Shape.js"

export const GlobalMaxPool = Schema.TaggedStruct("GlobalMaxPool", {})
export type GlobalMaxPool = typeof GlobalMaxPool.Type

const spec: GlobalMaxPool = { _tag: "GlobalMaxPool" }

/**
 * Largest value of each channel over the whole image, whatever its size; the first of equal ones gets the gradient.
 *
 * **Shapes** `x [n, h, w, c]` -> `[n, c]`.
 *
 * @category layers
 */
export const globalMaxPool: SameChannels = spec

export const kindOfGlobalMaxPool = kind("GlobalMaxPool", GlobalMaxPool, () => ({
  parameters: [],
  outputShape: (input) => image(input).pipe(Result.map(([, , channels]) => [channels])),
  multiplyAdds: () => 0,
  apply: (x) => {
    const images = rank4(x)
    const [n, height, width, channels] = images.shape
    return [tf.reshape(tf.maxPool(images, [height, width], 1, "valid"), [n, channels]), unchanged]
  },
  export: Pool.globalMaxPool
}))
