import { fraction, type LearningRate } from "./Curves.js"

/**
 * The same rate at every step.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * LearningRate.constant(0.1)(1000) // => 0.1
 * ```
 *
 * @category rates
 */
export const constant =
  (rate: number): LearningRate =>
  () =>
    rate

/**
 * `rate`, multiplied by `factor` at each of the steps `milestones`.
 *
 * **Source** the same values as PyTorch's `MultiStepLR`.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * const rate = LearningRate.multiStep({ rate: 0.1, milestones: [100, 150], factor: 0.1 })
 *
 * rate(99) // => 0.1
 * rate(100) // => 0.01
 * rate(150) // => 0.001
 * ```
 *
 * @category rates
 */
export const multiStep =
  (options: {
    readonly rate: number
    readonly milestones: ReadonlyArray<number>
    readonly factor: number
  }): LearningRate =>
  (step) =>
    options.rate * options.factor ** options.milestones.filter((milestone) => step >= milestone).length

/**
 * `rate`, multiplied by `factor` after every `steps` steps.
 *
 * **Source** the same values as PyTorch's `StepLR`.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * const rate = LearningRate.stepDecay({ rate: 0.1, steps: 30, factor: 0.1 })
 *
 * rate(29) // => 0.1
 * rate(30) // => 0.01
 * rate(60) // => 0.001
 * ```
 *
 * @category rates
 */
export const stepDecay =
  (options: { readonly rate: number; readonly steps: number; readonly factor: number }): LearningRate =>
  (step) =>
    options.rate * options.factor ** Math.floor(step / options.steps)

/**
 * `rate`, multiplied by `factor` over every `steps` steps (default 1), a little at each of them.
 *
 * **Source** the same values as PyTorch's `ExponentialLR`.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * const rate = LearningRate.exponential({ rate: 1, factor: 0.25, steps: 10 })
 *
 * rate(0) // => 1
 * rate(5) // => 0.5
 * rate(10) // => 0.25
 * ```
 *
 * @category rates
 */
export const exponential = (options: {
  readonly rate: number
  readonly factor: number
  readonly steps?: number
}): LearningRate => {
  const { factor, rate, steps = 1 } = options
  return (step) => rate * factor ** (step / steps)
}

/**
 * From `rate` to `final` (default 0) over `totalSteps`: `final + (rate - final) * (1 - step / totalSteps) ** power`. With a `power` of 1, the default, a
 * straight line, up or down.
 *
 * **Source** the same values as PyTorch's `PolynomialLR` and, with power 1, `LinearLR`.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * const rate = LearningRate.polynomial({ rate: 1, totalSteps: 10, power: 2 })
 *
 * rate(0) // => 1
 * rate(5) // => 0.25
 * rate(10) // => 0
 * ```
 *
 * @category rates
 */
export const polynomial = (options: {
  readonly rate: number
  readonly totalSteps: number
  readonly power?: number
  readonly final?: number
}): LearningRate => {
  const { final = 0, power = 1, rate, totalSteps } = options
  return (step) => final + (rate - final) * (1 - fraction(step, totalSteps)) ** power
}

/**
 * `rate`, divided by the square root of `1 + step / timescale`: it is halved after three times `timescale` steps, and never ends.
 *
 * **Source** Vaswani et al. 2017, arXiv:1706.03762; the values of `get_inverse_sqrt_schedule` of Hugging Face's transformers. There `timescale` is by default the
 * number of warm-up steps, which makes the rate after the warm-up that of Vaswani et al.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * const rate = LearningRate.inverseSquareRoot({ rate: 0.1, timescale: 100 })
 *
 * rate(0) // => 0.1
 * rate(300) // => 0.05
 * ```
 *
 * @category rates
 */
export const inverseSquareRoot =
  (options: { readonly rate: number; readonly timescale: number }): LearningRate =>
  (step) =>
    options.rate / Math.sqrt(1 + step / options.timescale)
