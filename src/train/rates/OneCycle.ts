import { fraction, halfCosine, type LearningRate, straight } from "./Curves.js"

/**
 * Up from `peak * initialFactor` (default 1/25) to `peak` over the first `warmupFraction` (0.3) of the steps, then down to `peak * finalFactor` (1/250,000) at
 * the last step. Both parts are half a cosine, or with `shape: "linear"` straight lines.
 *
 * **Source** Smith and Topin 2017, arXiv:1708.07120; the shape and the turning points are PyTorch's `OneCycleLR`.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * const rate = LearningRate.oneCycle({ peak: 0.1, totalSteps: 100, shape: "linear" })
 *
 * rate(0) // => 0.004
 * rate(29) // => 0.1
 * rate(99) // => 4e-7
 * ```
 *
 * @category rates
 */
export const oneCycle = (options: {
  readonly peak: number
  readonly totalSteps: number
  readonly warmupFraction?: number
  readonly initialFactor?: number
  readonly finalFactor?: number
  readonly shape?: "cosine" | "linear"
}): LearningRate => {
  const {
    peak,
    totalSteps,
    warmupFraction = 0.3,
    initialFactor = 1 / 25,
    finalFactor = 1 / 25e4,
    shape = "cosine"
  } = options
  const between = shape === "cosine" ? halfCosine : straight
  const turn = warmupFraction * totalSteps - 1
  return (step) =>
    step <= turn
      ? between(peak * initialFactor, peak, fraction(step, turn))
      : between(peak, peak * finalFactor, fraction(step - turn, totalSteps - 1 - turn))
}
