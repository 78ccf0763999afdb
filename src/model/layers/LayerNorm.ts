import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Norm from "../export/kinds/Norm.js"
import * as Initializer from "../Initializer.js"
import { kind, unchanged } from "../Layer.js"
import type { Module } from "../Module.js"
import { Count, show } from "../Shape.js"

export const LayerNorm = Schema.TaggedStruct("LayerNorm", { channels: Count, epsilon: Schema.Finite })
export type LayerNorm = typeof LayerNorm.Type

/**
 * Layer norm: `weight * (x - mean) / sqrt(variance + epsilon) + bias`, with the statistics of the features of a vector, or of the channels of each
 * pixel, as in ConvNeXt. (`groupNorm` with one group is over the whole image.)
 *
 * **Shapes** `x [n, channels]` or `[n, h, w, channels]` -> the same.
 * **Source** Ba et al. 2016, arXiv:1607.06450.
 *
 * @category layers
 */
export const layerNorm = <const C extends number>(
  channels: C,
  options: { readonly epsilon?: number } = {}
): Module<C, C> => {
  const spec: LayerNorm = { _tag: "LayerNorm", channels, epsilon: 1e-5, ...options }
  return spec
}

export const kindOfLayerNorm = kind("LayerNorm", LayerNorm, ({ channels, epsilon }) => ({
  parameters: [
    { name: "weight", shape: [channels], role: "param", init: Initializer.constant(1) },
    { name: "bias", shape: [channels], role: "param", init: Initializer.constant(0) }
  ],
  outputShape: (input) =>
    input.at(-1) === channels
      ? Result.succeed(input)
      : Result.fail({
          expected: `${channels} channels or features, for which this layer was made`,
          actual: show(input),
          fix: `make this layer for ${input.at(-1)}, or let the layer before give ${channels}`
        }),
  multiplyAdds: () => 0,
  apply: (x, { bias, weight }) => {
    const { mean, variance } = tf.moments(x, -1, true)
    const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)))
    return [tf.add(tf.mul(normal, weight!), bias!), unchanged]
  },
  export: Norm.layerNorm({ epsilon })
}))
