import { fraction, halfCosine, type LearningRate } from "./Curves.js"

/**
 * Half a cosine from `rate` down to `final` (default 0) over `totalSteps`.
 *
 * **Source** Loshchilov and Hutter 2016, arXiv:1608.03983, without restarts.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * const rate = LearningRate.cosine({ rate: 0.1, totalSteps: 100 })
 *
 * rate(0) // => 0.1
 * rate(50) // => 0.05
 * rate(100) // => 0
 * ```
 *
 * @category rates
 */
export const cosine = (options: {
  readonly rate: number
  readonly totalSteps: number
  readonly final?: number
}): LearningRate => {
  const { final = 0, rate, totalSteps } = options
  return (step) => halfCosine(rate, final, fraction(step, totalSteps))
}

/**
 * Half a cosine from `rate` down to `final` (default 0), again and again: the first takes `cycleSteps`, each of the others `cycleFactor` times (default 1) as many
 * as the one before.
 *
 * **Source** Loshchilov and Hutter 2016, arXiv:1608.03983 (SGDR); the same values as PyTorch's `CosineAnnealingWarmRestarts`.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * const rate = LearningRate.cosineRestarts({ rate: 0.1, cycleSteps: 10, cycleFactor: 2 })
 *
 * rate(5) // => 0.05
 * rate(10) // => 0.1
 * rate(20) // => 0.05
 * rate(30) // => 0.1
 * ```
 *
 * @category rates
 */
export const cosineRestarts = (options: {
  readonly rate: number
  readonly cycleSteps: number
  readonly cycleFactor?: number
  readonly final?: number
}): LearningRate => {
  const { cycleFactor = 1, cycleSteps, final = 0, rate } = options
  return (step) => {
    let length = cycleSteps
    let done = step
    while (done >= length && length > 0) {
      done -= length
      length *= cycleFactor
    }
    return halfCosine(rate, final, done / length)
  }
}
