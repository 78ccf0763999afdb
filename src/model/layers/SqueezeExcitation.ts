import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Written from "../export/kinds/SqueezeExcitation.js"
import * as Initializer from "../Initializer.js"
import { kind, type Parameter, unchanged } from "../Layer.js"
import type { Module } from "../Module.js"
import { rank4 } from "../Rank.js"
import { Count, imageOf } from "../Shape.js"

export const SqueezeExcitation = Schema.TaggedStruct("SqueezeExcitation", { channels: Count, squeezed: Count })
export type SqueezeExcitation = typeof SqueezeExcitation.Type

/**
 * Weights the channels by the content of the image: `x * sigmoid(fc2(relu(fc1(mean of x))))`, with `squeezed` numbers between `fc1` and `fc2`.
 *
 * **Shapes** `x [n, h, w, channels]` -> the same.
 * **Parameters** `fc1` and `fc2` are 1x1 convolutions with biases in files, as in torchvision's `SqueezeExcitation`; He normal by fan-out, biases zeros.
 * **Source** Hu et al. 2017, arXiv:1709.01507.
 *
 * @category layers
 */
export const squeezeExcitation = <const C extends number>(
  channels: C,
  options: { readonly squeezed: number }
): Module<C, C> => {
  const spec: SqueezeExcitation = { _tag: "SqueezeExcitation", channels, ...options }
  return spec
}

const convolution = (name: string, from: number, to: number): ReadonlyArray<Parameter> => [
  {
    name: `${name}.weight`,
    shape: [1, 1, from, to],
    role: "param",
    init: Initializer.heNormal({ fan: "out" }),
    torchAxes: [3, 2, 0, 1]
  },
  { name: `${name}.bias`, shape: [to], role: "param", init: Initializer.constant(0) }
]

export const kindOfSqueezeExcitation = kind("SqueezeExcitation", SqueezeExcitation, ({ channels, squeezed }) => ({
  parameters: [...convolution("fc1", channels, squeezed), ...convolution("fc2", squeezed, channels)],
  outputShape: (input) => imageOf(input, channels).pipe(Result.map(() => input)),
  multiplyAdds: () => 2 * channels * squeezed,
  apply: (x, tensors, { kernels }) => {
    const connect = (from: tf.Tensor, name: string, size: [number, number]) =>
      tf.add(tf.matMul(from, tf.reshape(tensors[`${name}.weight`]!, size)), tensors[`${name}.bias`]!)
    const hidden = kernels.relu(connect(tf.mean(x, [1, 2]), "fc1", [channels, squeezed]))
    const weights = tf.sigmoid(connect(hidden, "fc2", [squeezed, channels]))
    return [tf.mul(rank4(x), tf.reshape(weights, [x.shape[0]!, 1, 1, channels])), unchanged]
  },
  export: Written.squeezeExcitation({ channels, squeezed })
}))
