import * as tf from "@tensorflow/tfjs-core"
import type { Activation, Kernels } from "../../src/model/Kernels.js"

/** Inputs of a ReLU that are so near to zero that the order of float32 sums may decide their sign. */
const near = 1e-5

/** The kernels with the ambiguous inputs of ReLUs that are numbered in `flipped` on the other side of zero, and a count of those seen. */
const flipping = (kernels: Kernels, flipped: ReadonlySet<number>) => {
  let seen = 0
  /** What to add to the inputs of a ReLU, if some are to be flipped. */
  const shiftOf = (x: tf.Tensor): tf.Tensor | undefined => {
    const values = x.dataSync<"float32">()
    const shift = new Float32Array(values.length)
    let flips = false
    for (const [i, value] of values.entries()) {
      if (Math.abs(value) < near && flipped.has(seen++)) {
        shift[i] = value === 0 ? near : -2 * value
        flips = true
      }
    }
    return flips ? tf.tensor(shift, x.shape) : undefined
  }
  const relu = <T extends tf.Tensor>(x: T): T => {
    const shift = shiftOf(x)
    return kernels.relu(shift === undefined ? x : tf.add(x, shift))
  }
  const batchNormTrain: Kernels["batchNormTrain"] = (x, scale, offset, mean, variance, options) => {
    const normalize = (activation: Activation | undefined) =>
      kernels.batchNormTrain(x, scale, offset, mean, variance, { ...options, activation })
    if (options.activation !== "relu") return normalize(options.activation)
    const { y, ...running } = normalize(undefined)
    const shift = shiftOf(y)
    return shift === undefined ? normalize("relu") : { ...running, y: kernels.relu(tf.add(y, shift)) }
  }
  return { kernels: { ...kernels, relu, batchNormTrain }, seen: () => seen }
}

/**
 * What `run` gives with the kernels, as near to the reference as rounding may have made it; `errorOf` is 0 where it is near enough.
 *
 * The gradient of a ReLU jumps at zero. Of some 500,000 inputs a few lie within rounding of it, and two libraries that sum in different orders
 * may take the two sides of the same number; everything before that ReLU then differs by far more than rounding. So the ambiguous inputs are put on
 * the other side one by one, as long as that brings the result nearer.
 */
export const nearest = <A>(kernels: Kernels, run: (kernels: Kernels) => A, errorOf: (result: A) => number): A => {
  const flipped = new Set<number>()
  const attempt = (extra?: number) => {
    const trial = flipping(kernels, extra === undefined ? flipped : new Set([...flipped, extra]))
    const result = run(trial.kernels)
    return { result, error: errorOf(result), ambiguous: trial.seen() }
  }
  let best = attempt()
  for (let i = best.ambiguous - 1; i >= 0 && best.error > 0; i--) {
    const trial = attempt(i)
    if (trial.error < best.error) {
      flipped.add(i)
      best = trial
    }
  }
  return best.result
}
