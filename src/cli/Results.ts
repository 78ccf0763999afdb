import { Schema } from "effect"
import * as RunConfig from "../services/config/RunConfig.js"
import { Evaluated, RunFinished, Scores } from "../train/TrainEvent.js"
import { Views } from "../train/ViewsKind.js"

/** The result of a training run; `test` are the scores after the last step, `withViews` those with the recipe's test-time views, `seconds` is training time without evaluation. */
export const TrainResult = Schema.Struct({
  runDirectory: Schema.String,
  epochs: Schema.Int,
  test: Scores,
  withViews: RunFinished.fields.withViews,
  seconds: Schema.Number,
  imagesPerSecond: Schema.Number,
  weightDigest: Schema.String
})
export type TrainResult = typeof TrainResult.Type

/** The result of `train --fast-dev-run`; `seconds` is all its time, also that of evaluation and of writing. */
export const FastDevRunResult = Schema.Struct({ steps: Schema.Int, seconds: Schema.Number })
export type FastDevRunResult = typeof FastDevRunResult.Type

/** The result of `train --overfit-batch`: losses of the task without label smoothing, and what the last was to be at most. */
export const OverfitBatchResult = Schema.Struct({
  passed: Schema.Boolean,
  images: Schema.Int,
  steps: Schema.Int,
  firstLoss: Schema.Number,
  lastLoss: Schema.Number,
  target: Schema.Number
})
export type OverfitBatchResult = typeof OverfitBatchResult.Type

/** The result of `train --find-rate`: the suggested rates, `null` where the loss showed too little, the steps, and the files of the curve. */
export const FindRateResult = Schema.Struct({
  suggestion: Schema.NullOr(Schema.Struct({ valley: Schema.Number, steepest: Schema.Number })),
  points: Schema.Array(Schema.Struct({ rate: Schema.Number, loss: Schema.Number, smoothed: Schema.Number })),
  files: Schema.Array(Schema.String)
})
export type FindRateResult = typeof FindRateResult.Type

/** The result of `train --print-config`: every setting and where it came from. */
export const PrintedConfig = Schema.Array(RunConfig.Provenance)

/** The evaluation of a network on a dataset; `tta` whether several `views` of each image were averaged. */
export const EvaluateResult = Schema.Struct({
  dataset: Schema.String,
  split: Schema.Literals(["test"]),
  total: Schema.Int,
  loss: Schema.Number,
  metrics: Scores.fields.metrics,
  /** 95 % confidence intervals of metrics that are proportions. */
  intervals: Evaluated.fields.intervals,
  tta: Schema.Boolean,
  views: Views
})
export type EvaluateResult = typeof EvaluateResult.Type

/** What a network makes of images: the most probable classes or labels first, or the values. `failed` are the files that could not be read. */
export const PredictResult = Schema.Struct({
  network: Schema.String,
  views: Views,
  images: Schema.Array(
    Schema.Struct({
      file: Schema.String,
      top: Schema.Array(Schema.Struct({ className: Schema.String, label: Schema.Int, probability: Schema.Number })),
      values: Schema.optionalKey(Schema.Array(Schema.Struct({ name: Schema.String, value: Schema.Number })))
    })
  ),
  failed: Schema.Array(Schema.Struct({ file: Schema.String, reason: Schema.String }))
})
export type PredictResult = typeof PredictResult.Type

/** The files that `plot` wrote; `cutLine` is the number of the log's last line if it was half-written, else null. */
export const PlotResult = Schema.Struct({
  runDirectory: Schema.String,
  files: Schema.Array(Schema.String),
  cutLine: Schema.NullOr(Schema.Int)
})

/** Where TensorFlow is now; `fresh` is false when it was there already. */
export const InstallResult = Schema.Struct({
  directory: Schema.String,
  variant: Schema.Literals(["cpu", "gpu"]),
  fresh: Schema.Boolean
})
