import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Activation from "../export/kinds/Activation.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"
import { Rate } from "./Dropout.js"

export const StochasticDepth = Schema.TaggedStruct("StochasticDepth", { rate: Rate })
export type StochasticDepth = typeof StochasticDepth.Type

/**
 * In training, sets each sample of the batch to zero with probability `rate` and divides the others by `1 - rate`; in evaluation, changes nothing. At
 * the end of a residual's body, it skips the body for some samples.
 *
 * The seed, the step and the layer's path determine which samples, the same on every backend.
 *
 * **Source** Huang et al. 2016, arXiv:1603.09382; the mode "row" of torchvision's `StochasticDepth`.
 *
 * @example
 * ```ts
 * import { Layers } from "effect-tensorflow/model"
 *
 * const { chain, conv, identity, relu, residual, stochasticDepth } = Layers
 *
 * const block = residual({
 *   body: chain(conv(16, 16), relu, conv(16, 16), stochasticDepth(0.1)),
 *   shortcut: identity
 * })
 * block._tag // => "Residual"
 * ```
 * @category layers
 */
export const stochasticDepth = (rate: number): SameChannels => {
  const spec: StochasticDepth = { _tag: "StochasticDepth", rate }
  return spec
}

export const kindOfStochasticDepth = kind("StochasticDepth", StochasticDepth, ({ rate }) => ({
  parameters: [],
  outputShape: Result.succeed,
  multiplyAdds: () => 0,
  apply: (x, _, context) => {
    if (context.mode === "eval" || rate === 0) return [x, unchanged]
    const { uniform } = context.noise()
    const kept = Float32Array.from({ length: x.shape[0]! }, () => (uniform() < rate ? 0 : 1 / (1 - rate)))
    const mask = tf.tensor(
      kept,
      x.shape.map((length, axis) => (axis === 0 ? length : 1))
    )
    return [tf.mul(x, mask), unchanged]
  },
  export: Activation.identity
}))
