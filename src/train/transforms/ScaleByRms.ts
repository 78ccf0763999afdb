import type { Transform } from "../Transform.js"
import { elementwise } from "./Elementwise.js"
import { average } from "./Moments.js"

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
export const scaleByRms = ({ centered = false, decay = 0.99, epsilon = 1e-8 }: Rms = {}): Transform =>
  elementwise({
    spec: { _tag: "ScaleByRms", decay, epsilon, centered },
    slots: { nu: 0, ...(centered ? { mu: 0 } : {}) },
    formula:
      () =>
      (arithmetic, { gradient, slot }) => {
        const { add, div, mul, sqrt, sub } = arithmetic
        const nu = average(arithmetic, slot("nu"), mul(gradient, gradient), decay)
        if (!centered) return { update: div(gradient, add(sqrt(nu), epsilon)), slots: { nu } }
        const mu = average(arithmetic, slot("mu"), gradient, decay)
        return { update: div(gradient, add(sqrt(sub(nu, mul(mu, mu))), epsilon)), slots: { nu, mu } }
      }
  })
