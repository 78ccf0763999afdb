import { Schema } from "effect"

/** Loss (mean over samples) and accuracy (0..1) over `total` samples. */
export const Scores = Schema.Struct({
  loss: Schema.Number,
  accuracy: Schema.Number,
  correct: Schema.Int,
  total: Schema.Int
})
export type Scores = typeof Scores.Type

/** A run has begun; `at` is an ISO date. */
export const RunStarted = Schema.TaggedStruct("RunStarted", {
  at: Schema.String,
  network: Schema.String,
  dataset: Schema.String,
  classNames: Schema.Array(Schema.String),
  parameters: Schema.Int,
  backend: Schema.String,
  seed: Schema.Int,
  epochs: Schema.Int,
  batchSize: Schema.Int,
  stepsPerEpoch: Schema.Int,
  trainImages: Schema.Int,
  validationImages: Schema.Int,
  testImages: Schema.Int,
  /** The first step to be done: 0, or where a resumed run goes on. */
  step: Schema.Int
})
export type RunStarted = typeof RunStarted.Type

/** One optimizer step is done; `step` and `epoch` are 0-based, `imagesPerSecond` is of this step alone. */
export const StepEnded = Schema.TaggedStruct("StepEnded", {
  step: Schema.Int,
  epoch: Schema.Int,
  loss: Schema.Number,
  accuracy: Schema.Number,
  rate: Schema.Number,
  images: Schema.Int,
  millis: Schema.Number,
  imagesPerSecond: Schema.Number
})
export type StepEnded = typeof StepEnded.Type

/** One pass over the training images is done and evaluated; `seconds` is training time without evaluation. */
export const EpochEnded = Schema.TaggedStruct("EpochEnded", {
  epoch: Schema.Int,
  step: Schema.Int,
  rate: Schema.Number,
  train: Scores,
  validation: Schema.NullOr(Scores),
  test: Schema.NullOr(Scores),
  seconds: Schema.Number,
  imagesPerSecond: Schema.Number
})
export type EpochEnded = typeof EpochEnded.Type

/** A test image that the network got wrong, with its pixels (uint8 HWC, base64) so that a report needs no dataset. */
export const Mistake = Schema.Struct({
  index: Schema.Int,
  label: Schema.Int,
  predicted: Schema.Int,
  probability: Schema.Number,
  height: Schema.Int,
  width: Schema.Int,
  channels: Schema.Int,
  pixels: Schema.String
})
export type Mistake = typeof Mistake.Type

/** The test set was evaluated after the last step: `confusion[label][predicted]` counts, and the most confident mistakes. */
export const Evaluated = Schema.TaggedStruct("Evaluated", {
  scores: Scores,
  confusion: Schema.Array(Schema.Array(Schema.Int)),
  mistakes: Schema.Array(Mistake)
})
export type Evaluated = typeof Evaluated.Type

/** The state after `step` steps is safe; `location` is a path, or where else it lies. */
export const CheckpointSaved = Schema.TaggedStruct("CheckpointSaved", {
  step: Schema.Int,
  location: Schema.String
})
export type CheckpointSaved = typeof CheckpointSaved.Type

/** The run ended before its last step. */
export const RunStopped = Schema.TaggedStruct("RunStopped", {
  step: Schema.Int,
  reason: Schema.String
})
export type RunStopped = typeof RunStopped.Type

/** The run did all its steps; `seconds` is training time without evaluation, `weightDigest` the SHA-256 of the weights. */
export const RunFinished = Schema.TaggedStruct("RunFinished", {
  epochs: Schema.Int,
  step: Schema.Int,
  seconds: Schema.Number,
  imagesPerSecond: Schema.Number,
  test: Scores,
  weightDigest: Schema.String
})
export type RunFinished = typeof RunFinished.Type

/** Everything that a run says of itself, in order; a recorded log of them replays to the same report. */
export const TrainEvent = Schema.Union([
  RunStarted,
  StepEnded,
  EpochEnded,
  Evaluated,
  CheckpointSaved,
  RunStopped,
  RunFinished
])
export type TrainEvent = typeof TrainEvent.Type
