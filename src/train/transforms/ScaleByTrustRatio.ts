import * as tf from "@tensorflow/tfjs-core"
import { mapTensors, type Transform, tensorAt } from "../Transform.js"
import { type Decayed, isDecayed } from "./Decayed.js"
import { norm } from "./Norms.js"

/**
 * Scales the update of each parameter to the norm of the parameter: `update * |w| / |update|`, or by 1 where either norm is zero.
 *
 * **Source** You et al. 2019 (LAMB), arXiv:1904.00962; `timm.optim.Lamb`, which adapts the parameters that decay.
 *
 * @category transforms
 */
export const scaleByTrustRatio = (adapted: Decayed = "all"): Transform => ({
  spec: { _tag: "ScaleByTrustRatio", adapted },
  elementwise: false,
  init: () => ({}),
  update: (gradients, _, { params }) => {
    const updates = mapTensors(gradients, (gradient, path) => {
      const value = tensorAt(params, path)
      if (!isDecayed(adapted, value)) return gradient
      const [ofValue, ofUpdate] = [norm(value), norm(gradient)]
      const ratio = tf.where(tf.greater(tf.mul(ofValue, ofUpdate), 0), tf.div(ofValue, ofUpdate), tf.onesLike(ofValue))
      return tf.mul(gradient, ratio)
    })
    return [updates, {}]
  }
})
