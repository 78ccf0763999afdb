import { Schema } from "effect"

/**
 * How far a run is. Together with the tensors and the policies' states it is all that an exact resume needs.
 *
 * @category models
 */
export const Progress = Schema.Struct({
  /** Steps done, and epochs evaluated. */
  step: Schema.Int,
  epochs: Schema.Int,
  /** Events so far that follow from the plan (`TrainEvent.isDetermined`); a resume cuts the log after them. */
  events: Schema.Int,
  /** Training time so far, without evaluation, and the images trained on. */
  seconds: Schema.Number,
  images: Schema.Int,
  /** The factor of the learning rate, which policies change. */
  rateScale: Schema.Number,
  /** Why a policy ended the run before its last step. */
  stopped: Schema.NullOr(Schema.String),
  /** Training time of the unfinished epoch, 0 between epochs. */
  epochSeconds: Schema.Number
})
export type Progress = typeof Progress.Type

/**
 * The progress of a run before its first step.
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
  epochSeconds: 0
}

/**
 * The progress after an epoch was evaluated.
 *
 * @category transitions
 */
export const nextEpoch = (progress: Progress): Progress => ({
  ...progress,
  epochs: progress.epochs + 1,
  epochSeconds: 0
})
