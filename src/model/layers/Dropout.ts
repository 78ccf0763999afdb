import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Activation from "../export/kinds/Activation.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"

/** The share of what is dropped. */
export const Rate = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0), Schema.isLessThan(1))

export const Dropout = Schema.TaggedStruct("Dropout", { rate: Rate })
export type Dropout = typeof Dropout.Type

/**
 * In training, puts each value to zero with probability `rate` and divides the others by `1 - rate`; else gives what it takes.
 *
 * What is dropped follows from the seed, the step and the layer's path. It is the same again on the same backend, and other on another.
 *
 * **Source** Srivastava et al. 2014.
 */
export const dropout = (rate: number): SameChannels => {
  const spec: Dropout = { _tag: "Dropout", rate }
  return spec
}

export const kindOfDropout = kind("Dropout", Dropout, ({ rate }) => ({
  parameters: [],
  outputShape: Result.succeed,
  multiplyAdds: () => 0,
  apply: (x, _, context) => {
    if (context.mode === "eval" || rate === 0) return [x, unchanged]
    const mask = tf.tidy(() => {
      const kept = tf.greaterEqual(context.kernels.uniform(x.shape, context.noise()), rate)
      return tf.mul(tf.cast(kept, "float32"), 1 / (1 - rate))
    })
    return [tf.mul(x, mask), unchanged]
  },
  export: Activation.identity
}))
