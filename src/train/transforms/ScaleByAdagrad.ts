import * as tf from "@tensorflow/tfjs-core"
import { mapTensors, type Transform, tensorAt } from "../Transform.js"

/**
 * Options of `scaleByAdagrad`.
 *
 * @category models
 */
export interface AdagradSum {
  /** What the sums begin with; default 0. */
  readonly initialSum?: number
  /** Added to the root; default 1e-10. */
  readonly epsilon?: number
}

/**
 * Adagrad: the gradient over the root of the sum of its squares so far, `sum = sum + g^2; update = g / (sqrt(sum) + epsilon)`.
 *
 * **State** the slots "sum". **Source** Duchi et al. 2011, JMLR 12; `torch.optim.Adagrad`.
 *
 * @category transforms
 */
export const scaleByAdagrad = ({ epsilon = 1e-10, initialSum = 0 }: AdagradSum = {}): Transform => ({
  spec: { _tag: "ScaleByAdagrad", initialSum, epsilon },
  elementwise: true,
  init: (params) => ({ sum: mapTensors(params, ({ shape }) => tf.fill(shape, initialSum)) }),
  update: (gradients, slots) => {
    const sum = mapTensors(gradients, (gradient, path) => tf.add(tensorAt(slots.sum, path), tf.mul(gradient, gradient)))
    const offset = tf.scalar(epsilon)
    const updates = mapTensors(gradients, (gradient, path) =>
      tf.div(gradient, tf.add(tf.sqrt(tensorAt(sum, path)), offset))
    )
    return [updates, { sum }]
  }
})
