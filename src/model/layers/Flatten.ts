import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Vector from "../export/kinds/Vector.js"
import { kind, unchanged } from "../Layer.js"
import type { Module } from "../Module.js"
import { size } from "../Shape.js"

export const Flatten = Schema.TaggedStruct("Flatten", {})
export type Flatten = typeof Flatten.Type

const spec: Flatten = { _tag: "Flatten" }

/**
 * Turns an image into a vector, channel by channel (NCHW), as PyTorch does, so that the weights of a linear layer after it are the same in both.
 *
 * **Shapes** `x [n, h, w, c]` -> `[n, c * h * w]`. The compiler does not know the number of features.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Kinds, Layers } from "effect-tensorflow/model"
 *
 * const layer = Kinds.layerOf(Kinds.builtIn, Layers.flatten)
 *
 * Result.getOrThrow(layer.outputShape([4, 4, 16])) // => [256]
 * ```
 * @category layers
 */
export const flatten: Module<number, number> = spec

export const kindOfFlatten = kind("Flatten", Flatten, () => ({
  parameters: [],
  outputShape: (input) => Result.succeed([size(input)]),
  multiplyAdds: () => 0,
  apply: (x) => {
    const [n = 0, h = 1, w = 1, c = 1] = x.shape
    // One transpose of the last and smallest feature map. Images of one pixel or one channel are in order already.
    const ordered = x.rank === 4 && h * w > 1 && c > 1 ? tf.transpose(x, [0, 3, 1, 2]) : x
    return [tf.reshape(ordered, [n, -1]), unchanged]
  },
  export: Vector.flatten
}))
