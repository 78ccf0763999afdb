import type { Transform } from "../Transform.js"
import { elementwise, withFormula } from "./Elementwise.js"

/**
 * Multiplies by the negative learning rate, since updates are added to the parameters; the last transform of a chain.
 *
 * It comes after momentum, as in PyTorch, so a change of the rate acts at once.
 *
 * @category transforms
 */
export const scaleByLearningRate: Transform = elementwise({
  spec: { _tag: "ScaleByLearningRate" },
  slots: {},
  formula:
    ({ learningRate }) =>
    ({ mul }, { gradient }) => ({ update: mul(gradient, -learningRate), slots: {} })
})

/**
 * The transform at `factor` times the learning rate of the run: a smaller rate for a pretrained body, a larger one for a new head.
 *
 * @category transforms
 */
export const atRate = (factor: number, transform: Transform): Transform => {
  const { update } = transform
  const { formula } = update
  const scaled = <A extends { readonly learningRate: number }>(at: A): A => ({
    ...at,
    learningRate: factor * at.learningRate
  })
  return {
    ...transform,
    spec: { _tag: "AtRate", factor, transform: transform.spec },
    update: withFormula(
      (gradients, slots, at) => update(gradients, slots, scaled(at)),
      formula && ((at) => formula(scaled(at)))
    )
  }
}
