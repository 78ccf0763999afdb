import type { Scores } from "./TrainEvent.js"

/** Sums over samples, from which `scores` are computed; they add up in any grouping. */
export interface Sums {
  readonly loss: number
  readonly correct: number
  readonly total: number
}

/** The sums of no sample. */
export const empty: Sums = { loss: 0, correct: 0, total: 0 }

/** The sums of one batch whose mean loss is `meanLoss`. */
export const ofBatch = (meanLoss: number, correct: number, total: number): Sums => ({
  loss: meanLoss * total,
  correct,
  total
})

/** The sums of the samples of both. */
export const combine = (a: Sums, b: Sums): Sums => ({
  loss: a.loss + b.loss,
  correct: a.correct + b.correct,
  total: a.total + b.total
})

/** Mean loss and accuracy over the samples: the last, smaller batch weighs by its size. */
export const scores = ({ loss, correct, total }: Sums): Scores => ({
  loss: total === 0 ? 0 : loss / total,
  accuracy: total === 0 ? 0 : correct / total,
  correct,
  total
})
