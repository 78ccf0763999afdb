import * as tf from "@tensorflow/tfjs-core"
import { mapTensors, type Transform, tensorAt } from "../Transform.js"
import { average, squares, zeros } from "./Moments.js"
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
  return {
    spec: { _tag: "ScaleByNadam", betas, epsilon, momentumDecay },
    elementwise: true,
    init: (params) => ({ mu: zeros(params), nu: zeros(params) }),
    update: (gradients, slots, { step }) => {
      const mu = average(slots.mu, gradients, betas[0])
      const nu = average(slots.nu, squares(gradients), betas[1])
      const t = step + 1
      const product = productOf(momentum, t)
      const [now, ahead] = [
        tf.scalar((1 - momentum(t)) / (1 - product)),
        tf.scalar(momentum(t + 1) / (1 - product * momentum(t + 1)))
      ]
      const [scale, offset] = [tf.scalar(1 / Math.sqrt(1 - betas[1] ** t)), tf.scalar(epsilon)]
      const updates = mapTensors(gradients, (gradient, path) =>
        tf.div(
          tf.add(tf.mul(gradient, now), tf.mul(tensorAt(mu, path), ahead)),
          tf.add(tf.mul(tf.sqrt(tensorAt(nu, path)), scale), offset)
        )
      )
      return [updates, { mu, nu }]
    }
  }
}

/** `mu_1 ... mu_t`; what is left of it after some hundred factors is too small to change `1 - product`. */
const productOf = (momentum: (t: number) => number, t: number): number => {
  let product = 1
  for (let i = 1; i <= t && product > 1e-17; i++) product *= momentum(i)
  return product
}
