import * as tf from "@tensorflow/tfjs-core"
import { mapTensors, type Transform, tensorAt } from "../Transform.js"
import { average, squares, zeros } from "./Moments.js"

/**
 * Options of `scaleByRms`.
 *
 * @category models
 */
export interface Rms {
  /** How much of the moving average is kept at each step, PyTorch's `alpha`; default 0.99. */
  readonly decay?: number
  /** Added to the root; default 1e-8. */
  readonly epsilon?: number
  /** Divides by the deviation of the gradient in place of its root mean square; default false. */
  readonly centered?: boolean
}

/**
 * RMSprop: the gradient over the root of its mean square, `nu = decay nu + (1 - decay) g^2; update = g / (sqrt(nu) + epsilon)`.
 *
 * **State** the slots "nu", and "mu" if centered, initially zero. **Source** Hinton's lecture 6e; Graves 2013, arXiv:1308.0850, centered; `torch.optim.RMSprop`.
 *
 * @category transforms
 */
export const scaleByRms = ({ centered = false, decay = 0.99, epsilon = 1e-8 }: Rms = {}): Transform => ({
  spec: { _tag: "ScaleByRms", decay, epsilon, centered },
  elementwise: true,
  init: (params) => ({ nu: zeros(params), ...(centered ? { mu: zeros(params) } : {}) }),
  update: (gradients, slots) => {
    const nu = average(slots.nu, squares(gradients), decay)
    const mu = centered ? average(slots.mu, gradients, decay) : undefined
    const offset = tf.scalar(epsilon)
    const updates = mapTensors(gradients, (gradient, path) => {
      const mean = mu && tensorAt(mu, path)
      const square = tensorAt(nu, path)
      return tf.div(gradient, tf.add(tf.sqrt(mean ? tf.sub(square, tf.mul(mean, mean)) : square), offset))
    })
    return [updates, { nu, ...(mu && { mu }) }]
  }
})
