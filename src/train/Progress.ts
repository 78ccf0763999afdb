import { Schema } from "effect"

/**
 * Where a run stands: with the tensors and the policies' states, all that is needed to go on as if nothing had happened.
 *
 * @category models
 */
export const Progress = Schema.Struct({
  /** Steps that are done, and epochs that are evaluated. */
  step: Schema.Int,
  epochs: Schema.Int,
  /** Events told so far that follow from the plan alone; where a log of them is cut when the run goes on from here. */
  events: Schema.Int,
  /** Training time so far, without evaluation, and the images trained on. */
  seconds: Schema.Number,
  images: Schema.Int,
  /** What the learning rate is multiplied by, which policies change. */
  rateScale: Schema.Number,
  /** Why a policy ended the run before its last step. */
  stopped: Schema.NullOr(Schema.String),
  /** Totals over the unfinished epoch, all 0 at an epoch's edge. */
  epoch: Schema.Struct({
    loss: Schema.Number,
    correct: Schema.Int,
    total: Schema.Int,
    seconds: Schema.Number
  })
})
export type Progress = typeof Progress.Type

const noTotals: Progress["epoch"] = { loss: 0, correct: 0, total: 0, seconds: 0 }

/**
 * The progress of a run that has not begun.
 *
 * @category constructors
 */
export const start: Progress = {
  step: 0,
  epochs: 0,
  events: 0,
  seconds: 0,
  images: 0,
  rateScale: 1,
  stopped: null,
  epoch: noTotals
}

/** After an epoch was evaluated: its totals are at zero again. */
export const nextEpoch = (progress: Progress): Progress => ({
  ...progress,
  epochs: progress.epochs + 1,
  epoch: noTotals
})
