import type { Transform } from "../Transform.js"
import { elementwise } from "./Elementwise.js"
import { average } from "./Moments.js"

/**
 * Options of `scaleByAdam`.
 *
 * @category models
 */
export interface AdamMoments {
  /** How much of the moving averages of gradients and of squared gradients is kept at each step; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number]
  /** Added to the root, so that nothing is divided by zero; default 1e-8. */
  readonly epsilon?: number
}

/**
 * Adam: the mean gradient over the root of the mean squared gradient, both corrected for their start at zero.
 *
 * `mu = b1 mu + (1 - b1) g; nu = b2 nu + (1 - b2) g^2; update = mu / (1 - b1^t) / (sqrt(nu / (1 - b2^t)) + epsilon)`, where `t` counts the run's steps from 1.
 * A step that a policy rolled back counts too, as it does in a schedule: from the few steps at which the correction matters it makes a slightly smaller one.
 *
 * **State** the slots "mu" and "nu", initially zero. **Source** Kingma and Ba 2014, arXiv:1412.6980; `torch.optim.Adam`.
 *
 * @category transforms
 */
export const scaleByAdam = ({ betas = [0.9, 0.999], epsilon = 1e-8 }: AdamMoments = {}): Transform =>
  elementwise({
    spec: { _tag: "ScaleByAdam", betas, epsilon },
    slots: { mu: 0, nu: 0 },
    formula: ({ step }) => {
      const [first, second] = [1 - betas[0] ** (step + 1), 1 - betas[1] ** (step + 1)]
      // Both corrections in the denominator, where they cost no further pass over the numbers.
      const [scale, offset] = [first / Math.sqrt(second), first * epsilon]
      return (arithmetic, { gradient, slot }) => {
        const { add, div, mul, sqrt } = arithmetic
        const mu = average(arithmetic, slot("mu"), gradient, betas[0])
        const nu = average(arithmetic, slot("nu"), mul(gradient, gradient), betas[1])
        return { update: div(mu, add(mul(sqrt(nu), scale), offset)), slots: { mu, nu } }
      }
    }
  })
