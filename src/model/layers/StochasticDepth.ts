import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Activation from "../export/kinds/Activation.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"
import { Rate } from "./Dropout.js"

export const StochasticDepth = Schema.TaggedStruct("StochasticDepth", { rate: Rate })
export type StochasticDepth = typeof StochasticDepth.Type

/**
 * In training, puts each sample of the batch to zero with probability `rate` and divides the others by `1 - rate`; else gives what it takes.
 * Last in the body of a residual, it skips the body for some samples.
 *
 * Which samples follows from the seed, the step and the layer's path, on every backend.
 *
 * **Source** Huang et al. 2016, arXiv:1603.09382; the mode "row" of torchvision's `StochasticDepth`.
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
