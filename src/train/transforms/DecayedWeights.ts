import * as tf from "@tensorflow/tfjs-core"
import { mapTensors, type Transform, tensorAt } from "../Transform.js"
import { type Decayed, isDecayed } from "./Decayed.js"

/**
 * Adds `decay * parameter` to each update, of all parameters or, with "weights", of those that are neither of a norm nor a bias.
 *
 * Before the transforms that scale gradients it is L2 regularisation, which SGD calls weight decay; after them, and before the learning rate, it is the
 * decoupled decay of AdamW.
 *
 * **Source** Loshchilov and Hutter 2017, arXiv:1711.05101.
 *
 * @category transforms
 */
export const decayedWeights = (decay: number, decayed: Decayed = "all"): Transform => ({
  spec: { _tag: "DecayedWeights", decay, ...(decayed === "all" ? {} : { decayed }) },
  elementwise: true,
  init: () => ({}),
  update: (gradients, _, { params }) => {
    if (decay === 0) return [gradients, {}]
    const factor = tf.scalar(decay)
    const updates = mapTensors(gradients, (gradient, path) => {
      const value = tensorAt(params, path)
      return isDecayed(decayed, value) ? tf.add(gradient, tf.mul(value, factor)) : gradient
    })
    return [updates, {}]
  }
})
