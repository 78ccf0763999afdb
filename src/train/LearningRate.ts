import type { Schema } from "effect"

/**
 * The learning rate of a step (0-based): a pure function, so that a resumed run goes on with the same values.
 *
 * @category models
 */
export type LearningRate = (step: number) => number

/**
 * How many steps a run has; rates that depend on its length are made from this.
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
  /** What it is as data, which a checkpoint records and a resume compares; `null` for a function, whose values are compared. */
  readonly spec: Schema.Json
  readonly at: (steps: Steps) => LearningRate
}

/**
 * A schedule of a function of how many steps the run has.
 *
 * @category constructors
 */
export const schedule = (at: (steps: Steps) => LearningRate, spec: Schema.Json = null): Schedule => ({ spec, at })

/**
 * The same rate at every step.
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
 * Up from `peak * initialFactor` to `peak` over the first `warmupFraction` of the steps, then down to `peak * finalFactor`, reached at the last
 * step; each part is half a cosine, or straight.
 *
 * **Source** Smith and Topin 2017, arXiv:1708.07120; the shape and the turning points are PyTorch's `OneCycleLR`.
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
