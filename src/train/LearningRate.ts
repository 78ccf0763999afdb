import type { Schema } from "effect"

/**
 * The learning rate of a step (0-based). It is a pure function, so a resumed run has the same rates.
 *
 * @category models
 */
export type LearningRate = (step: number) => number

/**
 * The number of steps in an epoch and in a run, for rates that depend on them.
 *
 * @category models
 */
export interface Steps {
  readonly perEpoch: number
  readonly total: number
}

/**
 * The learning rate of a run of any length.
 *
 * @category models
 */
export interface Schedule {
  /** Its options, which a checkpoint records and a resume compares; `null` for a function, whose values are compared. */
  readonly spec: Schema.Json
  readonly at: (steps: Steps) => LearningRate
}

/**
 * A schedule from a function of the number of steps in the run.
 *
 * @category constructors
 */
export const schedule = (at: (steps: Steps) => LearningRate, spec: Schema.Json = null): Schedule => ({ spec, at })

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
 * Half a cosine from `rate` down to `final` (default 0) over `totalSteps`, after a linear rise over `warmupSteps` (default 0).
 *
 * **Source** Loshchilov and Hutter 2016, arXiv:1608.03983, without restarts.
 *
 * @example
 * ```ts
 * import { LearningRate } from "effect-tensorflow/train"
 *
 * const rate = LearningRate.cosine({ rate: 0.1, totalSteps: 110, warmupSteps: 10 })
 *
 * rate(0) // => 0.01
 * rate(9) // => 0.1
 * rate(60) // => 0.05
 * rate(110) // => 0
 * ```
 *
 * @category rates
 */
export const cosine = (options: {
  readonly rate: number
  readonly totalSteps: number
  readonly warmupSteps?: number
  readonly final?: number
}): LearningRate => {
  const { rate, totalSteps, warmupSteps = 0, final = 0 } = options
  return (step) =>
    step < warmupSteps
      ? (rate * (step + 1)) / warmupSteps
      : halfCosine(rate, final, fraction(step - warmupSteps, totalSteps - warmupSteps))
}

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

const fraction = (done: number, of: number): number => (of <= 0 ? 1 : Math.min(1, Math.max(0, done / of)))

const straight = (from: number, to: number, t: number): number => from + (to - from) * t

const halfCosine = (from: number, to: number, t: number): number => to + ((from - to) * (1 + Math.cos(Math.PI * t))) / 2
