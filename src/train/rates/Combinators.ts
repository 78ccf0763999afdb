import type { LearningRate } from "./Curves.js"

/**
 * A linear rise over `steps` steps, to the initial value of `rate`, which begins after it.
 *
 * The rise begins at `1 / steps` of that value, since a step with a rate of 0 would do nothing, and reaches it at its last step.
 *
 * **Source** Goyal et al. 2017, arXiv:1706.02677, sec. 2.2.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * const rate = LearningRate.warmup(10, LearningRate.cosine({ rate: 0.1, totalSteps: 100 }))
 *
 * rate(0) // => 0.01
 * rate(9) // => 0.1
 * rate(60) // => 0.05
 * rate(110) // => 0
 * ```
 *
 * @category combinators
 */
export const warmup =
  (steps: number, rate: LearningRate): LearningRate =>
  (step) =>
    step < steps ? (rate(0) * (step + 1)) / steps : rate(step - steps)

/**
 * A part of a `sequence`: a rate, and for how many steps it is used.
 *
 * @category models
 */
export interface Part {
  readonly rate: LearningRate
  readonly steps: number
}

/**
 * One rate after another; each begins at its step 0. The last continues after its steps.
 *
 * **Source** the same values as PyTorch's `SequentialLR`.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * const rate = LearningRate.sequence([
 *   { rate: LearningRate.polynomial({ rate: 0.02, final: 0.1, totalSteps: 10 }), steps: 10 },
 *   { rate: LearningRate.constant(0.1), steps: 80 },
 *   { rate: LearningRate.polynomial({ rate: 0.1, totalSteps: 10 }), steps: 10 }
 * ])
 *
 * rate(0) // => 0.02
 * rate(50) // => 0.1
 * rate(95) // => 0.05
 * ```
 *
 * @category combinators
 */
export const sequence = (parts: readonly [Part, ...ReadonlyArray<Part>]): LearningRate => {
  const [first, ...others] = parts
  const begun = others.map((part, i) => ({
    rate: part.rate,
    from: parts.slice(0, i + 1).reduce((sum, { steps }) => sum + steps, 0)
  }))
  return (step) => {
    const current = begun.findLast(({ from }) => step >= from) ?? { rate: first.rate, from: 0 }
    return current.rate(step - current.from)
  }
}

/**
 * A rate that changes only between epochs: `rate` is a function of the epoch (0-based) in place of the step.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * // Epochs of 100 steps.
 * const rate = LearningRate.perEpoch(100, LearningRate.exponential({ rate: 0.1, factor: 0.5 }))
 *
 * rate(99) // => 0.1
 * rate(100) // => 0.05
 * rate(250) // => 0.025
 * ```
 *
 * @category combinators
 */
export const perEpoch =
  (stepsPerEpoch: number, rate: LearningRate): LearningRate =>
  (step) =>
    rate(Math.floor(step / stepsPerEpoch))
