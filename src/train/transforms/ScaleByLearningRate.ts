import * as tf from "@tensorflow/tfjs-core"
import { mapTensors, type Transform } from "../Transform.js"

/**
 * Multiplies by the negative learning rate, since updates are added to the parameters; the last transform of a chain.
 *
 * It comes after momentum, as in PyTorch, so a change of the rate acts at once.
 *
 * @category transforms
 */
export const scaleByLearningRate: Transform = {
  spec: { _tag: "ScaleByLearningRate" },
  elementwise: true,
  init: () => ({}),
  update: (gradients, _, { learningRate }) => {
    const factor = tf.scalar(-learningRate)
    return [mapTensors(gradients, (gradient) => tf.mul(gradient, factor)), {}]
  }
}

/**
 * The transform at `factor` times the learning rate of the run: a smaller rate for a pretrained body, a larger one for a new head.
 *
 * @category transforms
 */
export const atRate = (factor: number, transform: Transform): Transform => ({
  ...transform,
  spec: { _tag: "AtRate", factor, transform: transform.spec },
  update: (gradients, slots, at) =>
    transform.update(gradients, slots, { ...at, learningRate: factor * at.learningRate })
})
