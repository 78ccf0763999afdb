import * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../../src/model/Kernels.js"

/** Inputs of a ReLU that are so near to zero that the order of a float32 sum may decide their sign. */
const near = 2e-6

/**
 * What `run` gives for every way in which rounding may have fallen at the kinks of the ReLUs.
 *
 * The gradient of a ReLU jumps at zero. Of some 500,000 inputs a few lie within rounding of it, and two libraries that sum in different orders may take
 * the two sides of the same number; everything before that ReLU then differs by far more than rounding. So the first result is that of the kernels
 * as they are, and the next ones have such inputs, by turns, on the other side.
 */
export function* sides<A>(kernels: Kernels, run: (kernels: Kernels) => A): Generator<A> {
  let ambiguous = 0
  for (let mask = 0; mask < 2 ** Math.min(ambiguous, 5) || mask === 0; mask++) {
    ambiguous = 0
    const relu = <T extends tf.Tensor>(x: T): T => {
      const values = x.dataSync<"float32">()
      const mirror = new Float32Array(values.length)
      for (const [i, value] of values.entries()) {
        if (Math.abs(value) < near && (mask >> ambiguous++) & 1) {
          mirror[i] = value === 0 ? near : -2 * value
        }
      }
      return mask === 0 ? kernels.relu(x) : kernels.relu(tf.add(x, tf.tensor(mirror, x.shape)))
    }
    yield run({ ...kernels, relu })
  }
}
