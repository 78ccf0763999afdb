import type { Scores } from "./TrainEvent.js"

/**
 * Totals over samples, from which `scores` are computed. `combine` and `empty` make them a monoid.
 *
 * @category models
 */
export interface Totals {
  readonly loss: number
  readonly correct: number
  readonly total: number
}

/** The totals of no samples. @category constructors */
export const empty: Totals = { loss: 0, correct: 0, total: 0 }

/**
 * The totals of one batch whose mean loss is `meanLoss`.
 *
 * @category constructors
 */
export const ofBatch = (meanLoss: number, correct: number, total: number): Totals => ({
  loss: meanLoss * total,
  correct,
  total
})

/** The totals of the samples of both. @category combinators */
export const combine = (a: Totals, b: Totals): Totals => ({
  loss: a.loss + b.loss,
  correct: a.correct + b.correct,
  total: a.total + b.total
})

/**
 * Mean loss and accuracy over the samples; a smaller last batch counts by its size.
 *
 * @category accessors
 */
export const scores = ({ loss, correct, total }: Totals): Scores => ({
  loss: total === 0 ? 0 : loss / total,
  accuracy: total === 0 ? 0 : correct / total,
  correct,
  total
})
