import * as tf from "@tensorflow/tfjs-core"
import * as Checks from "./Checks.js"
import { type Loss, make } from "./LossFunction.js"

/**
 * Mean squared error: `(output - target)^2`, averaged over the values of all images.
 *
 * **Source** equal to PyTorch's `MSELoss`.
 *
 * @category losses
 */
export const meanSquared = (): Loss<"values"> =>
  make({
    name: "MeanSquared",
    tasks: ["values"],
    mean: (outputs, targets) => tf.mean<tf.Scalar>(tf.square(tf.sub(outputs, targets)))
  })

/**
 * Huber loss of the difference d: `d^2 / 2` up to `delta` (default 1), beyond it the straight line `delta (|d| - delta / 2)`, so that values which are
 * far off do not rule the gradient; averaged over the values of all images.
 *
 * **Source** Huber 1964, doi:10.1214/aoms/1177703732; equal to PyTorch's `HuberLoss`. PyTorch's `SmoothL1Loss` of `beta` is this divided by it.
 *
 * @category losses
 */
export const huber = ({ delta = 1 }: { readonly delta?: number } = {}): Loss<"values"> =>
  make({
    name: "Huber",
    options: { delta },
    tasks: ["values"],
    mean: (outputs, targets) => {
      const distance = tf.abs(tf.sub(outputs, targets))
      const near = tf.minimum(distance, delta)
      return tf.mean<tf.Scalar>(tf.add(tf.mul(tf.square(near), 0.5), tf.mul(tf.sub(distance, near), delta)))
    },
    check: () => Checks.option("delta", delta, Number.isFinite(delta) && delta > 0, "more than 0", 1)
  })
