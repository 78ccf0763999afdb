import * as tf from "@tensorflow/tfjs-core"
import { mapTensors, type Transform, tensorAt } from "../Transform.js"
import { elementwise } from "./Elementwise.js"
import { globalNorm, unitNorms } from "./Norms.js"

/**
 * Clips every number of the gradients to `-limit ... limit`.
 *
 * **Source** `torch.nn.utils.clip_grad_value_`.
 *
 * @category clipping
 */
export const clipByValue = (limit: number): Transform =>
  elementwise({
    spec: { _tag: "ClipByValue", limit },
    slots: {},
    formula:
      () =>
      ({ maximum, minimum }, { gradient }) => ({ update: maximum(minimum(gradient, limit), -limit), slots: {} })
  })

/**
 * Scales all gradients by one factor, so that the norm over all their numbers is at most `limit`. Within a part of a `partition` it is the norm of that part.
 *
 * **Source** Pascanu et al. 2012, arXiv:1211.5063; `torch.nn.utils.clip_grad_norm_`.
 *
 * @category clipping
 */
export const clipByGlobalNorm = (limit: number): Transform => ({
  spec: { _tag: "ClipByGlobalNorm", limit },
  elementwise: false,
  init: () => ({}),
  update: (gradients) => {
    // As PyTorch, which adds 1e-6 to the norm.
    const factor = tf.minimum(tf.div(limit, tf.add(globalNorm(gradients), 1e-6)), 1)
    return [mapTensors(gradients, (gradient) => tf.mul(gradient, factor)), {}]
  }
})

/**
 * Options of `clipAdaptive`.
 *
 * @category models
 */
export interface AdaptiveClipping {
  /** The largest ratio of the norms; default 0.01. */
  readonly factor?: number
  /** The smallest norm that the weights of a unit count as having; default 1e-3. */
  readonly epsilon?: number
}

/**
 * Adaptive gradient clipping: the gradient of each unit (an output of a layer; a whole vector) has at most `factor` times the norm of its weights.
 *
 * Its authors leave the last linear layer out: give that another part of a `partition`.
 *
 * **Source** Brock et al. 2021, arXiv:2102.06171; `timm.utils.agc.adaptive_clip_grad`.
 *
 * @category clipping
 */
export const clipAdaptive = ({ epsilon = 1e-3, factor = 0.01 }: AdaptiveClipping = {}): Transform => ({
  spec: { _tag: "ClipAdaptive", factor, epsilon },
  elementwise: false,
  init: () => ({}),
  update: (gradients, _, { params }) => {
    const updates = mapTensors(gradients, (gradient, path) => {
      const largest = tf.mul(tf.maximum(unitNorms(tensorAt(params, path)), epsilon), factor)
      return tf.mul(gradient, tf.minimum(tf.div(largest, tf.maximum(unitNorms(gradient), 1e-6)), 1))
    })
    return [updates, {}]
  }
})
