import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Norm from "../export/kinds/Norm.js"
import * as Initializer from "../Initializer.js"
import { kind, unchanged } from "../Layer.js"
import type { Module } from "../Module.js"
import { rank4 } from "../Rank.js"
import { Count, imageOf } from "../Shape.js"

export const GroupNorm = Schema.TaggedStruct("GroupNorm", {
  channels: Count,
  groups: Count,
  epsilon: Schema.Finite
}).check(Schema.makeFilter((spec) => spec.channels % spec.groups === 0 || "groups that divide the channels"))
export type GroupNorm = typeof GroupNorm.Type

/**
 * Group norm over images: `weight * (x - mean) / sqrt(variance + epsilon) + bias`, with the statistics of each sample over all pixels of
 * `channels / groups` channels. The same in training and evaluation.
 *
 * **Shapes** `x [n, h, w, channels]` -> the same.
 * **Source** Wu and He 2018, arXiv:1803.08494.
 *
 * @category layers
 */
export const groupNorm = <const C extends number>(
  channels: C,
  options: { readonly groups: number; readonly epsilon?: number }
): Module<C, C> => {
  const spec: GroupNorm = { _tag: "GroupNorm", channels, epsilon: 1e-5, ...options }
  return spec
}

export const kindOfGroupNorm = kind("GroupNorm", GroupNorm, ({ channels, epsilon, groups }) => ({
  parameters: [
    { name: "weight", shape: [channels], role: "param", init: Initializer.constant(1) },
    { name: "bias", shape: [channels], role: "param", init: Initializer.constant(0) }
  ],
  outputShape: (input) => imageOf(input, channels).pipe(Result.map(() => input)),
  multiplyAdds: () => 0,
  apply: (x, { bias, weight }) => {
    const [n, height, width] = rank4(x).shape
    const grouped = tf.reshape(x, [n, height * width, groups, channels / groups])
    const { mean, variance } = tf.moments(grouped, [1, 3], true)
    const normal = tf.mul(tf.sub(grouped, mean), tf.rsqrt(tf.add(variance, epsilon)))
    return [tf.add(tf.mul(tf.reshape(normal, x.shape), weight!), bias!), unchanged]
  },
  export: Norm.groupNorm({ channels, epsilon, groups })
}))
