import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Activation from "../export/kinds/Activation.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"

/** The probability of being dropped. */
export const Rate = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0), Schema.isLessThan(1))

export const Dropout = Schema.TaggedStruct("Dropout", { rate: Rate })
export type Dropout = typeof Dropout.Type

/**
 * In training, sets each value to zero with probability `rate` and divides the others by `1 - rate`; in evaluation, changes nothing.
 *
 * The seed, the step and the layer's path determine what is dropped: the same again on the same backend, something else on another.
 *
 * **Source** Srivastava et al. 2014.
 *
 * @category layers
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
