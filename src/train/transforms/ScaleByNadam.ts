import type { Transform } from "../Transform.js"
import { elementwise } from "./Elementwise.js"
import { average } from "./Moments.js"
import type { AdamMoments } from "./ScaleByAdam.js"

/**
 * Options of `scaleByNadam`.
 *
 * @category models
 */
export interface NadamMoments extends AdamMoments {
  /** How fast the momentum rises from half its value; default 4e-3. */
  readonly momentumDecay?: number
}

/**
 * Adam with Nesterov momentum that rises: `mu_t = b1 (1 - 0.96^(t momentumDecay) / 2)`.
 *
 * `update = ((1 - mu_t) / (1 - mu_1 ... mu_t) g + mu_(t+1) / (1 - mu_1 ... mu_(t+1)) m) / (sqrt(nu / (1 - b2^t)) + epsilon)`, where `m` and `nu` are Adam's averages.
 *
 * **State** the slots "mu" and "nu", initially zero. **Source** Dozat 2016, Incorporating Nesterov momentum into Adam; `torch.optim.NAdam`.
 *
 * @category transforms
 */
export const scaleByNadam = (options: NadamMoments = {}): Transform => {
  const { betas = [0.9, 0.999], epsilon = 1e-8, momentumDecay = 4e-3 } = options
  const momentum = (t: number): number => betas[0] * (1 - 0.5 * 0.96 ** (t * momentumDecay))
  return elementwise({
    spec: { _tag: "ScaleByNadam", betas, epsilon, momentumDecay },
    slots: { mu: 0, nu: 0 },
    formula: ({ step }) => {
      const t = step + 1
      const product = productOf(momentum, t)
      const now = (1 - momentum(t)) / (1 - product)
      const ahead = momentum(t + 1) / (1 - product * momentum(t + 1))
      const scale = 1 / Math.sqrt(1 - betas[1] ** t)
      return (arithmetic, { gradient, slot }) => {
        const { add, div, mul, sqrt } = arithmetic
        const mu = average(arithmetic, slot("mu"), gradient, betas[0])
        const nu = average(arithmetic, slot("nu"), mul(gradient, gradient), betas[1])
        const update = div(add(mul(gradient, now), mul(mu, ahead)), add(mul(sqrt(nu), scale), epsilon))
        return { update, slots: { mu, nu } }
      }
    }
  })
}

/** `mu_1 ... mu_t`; what is left of it after some hundred factors is too small to change `1 - product`. */
const productOf = (momentum: (t: number) => number, t: number): number => {
  let product = 1
  for (let i = 1; i <= t && product > 1e-17; i++) product *= momentum(i)
  return product
}
