import * as tf from "@tensorflow/tfjs-core"
import { mapTensors, type Transform, tensorAt } from "../Transform.js"

/**
 * Adds `decay * parameter` to each gradient: L2 regularisation, which SGD calls weight decay.
 *
 * @category transforms
 */
export const decayedWeights = (decay: number): Transform => ({
  spec: { _tag: "DecayedWeights", decay },
  elementwise: true,
  init: () => ({}),
  update: (gradients, _, { params }) => {
    if (decay === 0) return [gradients, {}]
    const factor = tf.scalar(decay)
    return [mapTensors(gradients, (gradient, path) => tf.add(gradient, tf.mul(tensorAt(params, path), factor))), {}]
  }
})
