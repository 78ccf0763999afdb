import { Schema } from "effect"

/** Where a run stands after `step` steps; with the weights and the slots, all that is needed to go on as if nothing had happened. */
export const Progress = Schema.Struct({
  step: Schema.Int,
  /** Training time so far, without evaluation, and the images trained on. */
  seconds: Schema.Number,
  images: Schema.Int,
  /** Sums over the unfinished epoch, all 0 at an epoch's edge. */
  epoch: Schema.Struct({
    loss: Schema.Number,
    correct: Schema.Int,
    total: Schema.Int,
    seconds: Schema.Number
  })
})
export type Progress = typeof Progress.Type

/** The progress of a run that has not begun. */
export const start: Progress = { step: 0, seconds: 0, images: 0, epoch: { loss: 0, correct: 0, total: 0, seconds: 0 } }
