import { Schema } from "effect"
import { Detail } from "./metrics/Detail.js"
import { Interval } from "./metrics/Interval.js"
import { Views } from "./ViewsKind.js"

const Values = Schema.Record(Schema.String, Schema.Number)

/**
 * Loss (mean over samples) and the value of each metric, by its name, over `total` samples.
 *
 * @category models
 */
export const Scores = Schema.Struct({
  loss: Schema.Number,
  total: Schema.Int,
  metrics: Values
})
export type Scores = typeof Scores.Type

/**
 * What a report needs to know of a metric: whether a large value is good, whether it is a fraction, shown as per cent, and whether it is computed over
 * the steps of an epoch.
 *
 * @category models
 */
export const MetricInfo = Schema.Struct({
  name: Schema.String,
  goal: Schema.Literals(["max", "min"]),
  unit: Schema.Literals(["fraction", "number"]),
  streams: Schema.Boolean
})
export type MetricInfo = typeof MetricInfo.Type

/**
 * A run starts or resumes; `at` is an ISO date.
 *
 * @category events
 */
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
  /** The metrics of the run, the one by which the best checkpoint is chosen first. */
  metrics: Schema.Array(MetricInfo),
  /** The first step: 0, or that at which a resumed run continues. */
  step: Schema.Int,
  /** For a resumed run, the location of its checkpoint and the number of events before that checkpoint. */
  resumed: Schema.NullOr(Schema.Struct({ events: Schema.Int, location: Schema.String }))
})
export type RunStarted = typeof RunStarted.Type

/**
 * One optimizer step is done; `step` and `epoch` are 0-based, `imagesPerSecond` is that of this step, which took `millis` after `waitMillis` for its batch.
 *
 * @category events
 */
export const StepEnded = Schema.TaggedStruct("StepEnded", {
  step: Schema.Int,
  epoch: Schema.Int,
  loss: Schema.Number,
  metrics: Values,
  rate: Schema.Number,
  images: Schema.Int,
  millis: Schema.Number,
  waitMillis: Schema.Number,
  imagesPerSecond: Schema.Number
})
export type StepEnded = typeof StepEnded.Type

/**
 * A policy undid the last step: the weights are those before it; its images count as seen.
 *
 * @category events
 */
export const StepRolledBack = Schema.TaggedStruct("StepRolledBack", { step: Schema.Int, policy: Schema.String })
export type StepRolledBack = typeof StepRolledBack.Type

/**
 * A policy changed the learning rate: from `step` on it is `scale` times what the plan says.
 *
 * @category events
 */
export const RateScaled = Schema.TaggedStruct("RateScaled", {
  step: Schema.Int,
  scale: Schema.Number,
  policy: Schema.String
})
export type RateScaled = typeof RateScaled.Type

/**
 * A policy went back to the weights that the run had after `from` steps; the run goes on from `step` with them, or ends with them.
 *
 * @category events
 */
export const WeightsRestored = Schema.TaggedStruct("WeightsRestored", {
  step: Schema.Int,
  from: Schema.Int,
  policy: Schema.String
})
export type WeightsRestored = typeof WeightsRestored.Type

/**
 * One pass over the training images is done and evaluated; `seconds` is training time without evaluation, `train` are totals over the epoch's steps.
 *
 * @category events
 */
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

/**
 * A wrongly classified image, with its pixels (uint8 HWC, base64) so that a report needs no dataset.
 *
 * @category models
 */
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

/**
 * A set of images that a run evaluates on.
 *
 * @category models
 */
export const EvaluatedSet = Schema.Literals(["validation", "test"])
export type EvaluatedSet = typeof EvaluatedSet.Type

/**
 * A set was evaluated after `step` steps: `intervals` are the 95 % confidence intervals of metrics, those that need a bootstrap only at the end of a run; `details` are what they are
 * made of. `confusion[label][predicted]` counts, and `mistakes` are the most confident ones; both are empty unless each image has one class.
 *
 * @category events
 */
export const Evaluated = Schema.TaggedStruct("Evaluated", {
  set: EvaluatedSet,
  step: Schema.Int,
  scores: Scores,
  intervals: Schema.Record(Schema.String, Interval),
  details: Schema.Array(Detail),
  confusion: Schema.Array(Schema.Array(Schema.Int)),
  mistakes: Schema.Array(Mistake)
})
export type Evaluated = typeof Evaluated.Type

/**
 * The state after `step` steps is saved; `location` is a path, or `memory:` and a name.
 *
 * @category events
 */
export const CheckpointSaved = Schema.TaggedStruct("CheckpointSaved", {
  step: Schema.Int,
  location: Schema.String
})
export type CheckpointSaved = typeof CheckpointSaved.Type

/**
 * A reporter failed and gets no more events; the run continues without it.
 *
 * @category events
 */
export const ReporterFailed = Schema.TaggedStruct("ReporterFailed", {
  reporter: Schema.String,
  reason: Schema.String
})
export type ReporterFailed = typeof ReporterFailed.Type

/**
 * The run was interrupted, or failed, before its last step; it can be resumed.
 *
 * @category events
 */
export const RunStopped = Schema.TaggedStruct("RunStopped", {
  step: Schema.Int,
  reason: Schema.String
})
export type RunStopped = typeof RunStopped.Type

/**
 * The run is complete: all steps are done, or a policy stopped it (`stopped` says why). `seconds` is training time without evaluation,
 * `withViews` the scores with the plan's test-time views, `weightDigest` the SHA-256 of the weights.
 *
 * @category events
 */
export const RunFinished = Schema.TaggedStruct("RunFinished", {
  epochs: Schema.Int,
  step: Schema.Int,
  stopped: Schema.NullOr(Schema.String),
  seconds: Schema.Number,
  imagesPerSecond: Schema.Number,
  test: Scores,
  withViews: Schema.optionalKey(Schema.Struct({ views: Views, test: Scores })),
  weightDigest: Schema.String
})
export type RunFinished = typeof RunFinished.Type

/**
 * An event of a run. A recorded log of them gives the same report as the run.
 *
 * @category models
 */
export const TrainEvent = Schema.Union([
  RunStarted,
  StepEnded,
  StepRolledBack,
  RateScaled,
  WeightsRestored,
  EpochEnded,
  Evaluated,
  CheckpointSaved,
  ReporterFailed,
  RunStopped,
  RunFinished
])
export type TrainEvent = typeof TrainEvent.Type

/**
 * Whether an event follows from the plan, so that a resumed run repeats it. The others say what happened to the run: it started, was saved, stopped.
 *
 * @category guards
 */
export const isDetermined = (event: TrainEvent): boolean =>
  event._tag === "StepEnded" ||
  event._tag === "StepRolledBack" ||
  event._tag === "RateScaled" ||
  event._tag === "WeightsRestored" ||
  event._tag === "EpochEnded" ||
  event._tag === "Evaluated"

/**
 * The loss (`"loss"`) or the metric `name` of a set, if the event has them: `EpochEnded` may have those of all three sets, `Evaluated` and `RunFinished`
 * have those of one. `undefined` for other events and unknown names.
 *
 * @example
 * ```ts
 * import { TrainEvent } from "effect-tensorflow/train"
 *
 * const event: TrainEvent.TrainEvent = {
 *   _tag: "EpochEnded",
 *   epoch: 0,
 *   step: 100,
 *   rate: 0.1,
 *   train: { loss: 1.2, total: 100, metrics: { accuracy: 0.5 } },
 *   validation: { loss: 1.5, total: 10, metrics: { accuracy: 0.4 } },
 *   test: null,
 *   seconds: 3,
 *   imagesPerSecond: 33
 * }
 * TrainEvent.scoreOf(event, "validation", "accuracy") // => 0.4
 * TrainEvent.scoreOf(event, "test", "accuracy") // => undefined
 * ```
 *
 * @category accessors
 */
export const scoreOf = (event: TrainEvent, set: "train" | EvaluatedSet, name: string): number | undefined => {
  return scoresOf(event, set)?.[name]
}

/**
 * The loss and all metrics of a set by their names, if the event has them.
 *
 * @category accessors
 */
export const scoresOf = (
  event: TrainEvent,
  set: "train" | EvaluatedSet
): Readonly<Record<string, number>> | undefined => {
  const scores = ofSet(event, set)
  return scores === null || scores === undefined ? undefined : { loss: scores.loss, ...scores.metrics }
}

const ofSet = (event: TrainEvent, set: "train" | EvaluatedSet): Scores | null | undefined => {
  switch (event._tag) {
    case "EpochEnded":
      return event[set]
    case "Evaluated":
      return event.set === set ? event.scores : undefined
    case "RunFinished":
      return set === "test" ? event.test : undefined
    default:
      return undefined
  }
}
