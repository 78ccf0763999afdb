import type { Schema } from "effect"
import type { LearningRate } from "./rates/Curves.js"

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

export { type Part, perEpoch, sequence, warmup } from "./rates/Combinators.js"
export { cosine, cosineRestarts } from "./rates/Cosine.js"
export type { LearningRate } from "./rates/Curves.js"
export { constant, exponential, inverseSquareRoot, multiStep, polynomial, stepDecay } from "./rates/Decay.js"
export { oneCycle } from "./rates/OneCycle.js"
