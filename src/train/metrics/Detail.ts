import { Schema } from "effect"

/**
 * Of one class or label: how many samples have it (`actual`), were said to have it (`predicted`), and both (`correct`).
 *
 * @category models
 */
export const ClassCount = Schema.Struct({ correct: Schema.Int, predicted: Schema.Int, actual: Schema.Int })
export type ClassCount = typeof ClassCount.Type

/**
 * The samples whose confidence is in one part of 0 to 1: how many, their mean confidence, and how many of them are right. Means of no samples are 0.
 *
 * @category models
 */
export const CalibrationBin = Schema.Struct({
  count: Schema.Int,
  confidence: Schema.Number,
  accuracy: Schema.Number
})
export type CalibrationBin = typeof CalibrationBin.Type

/**
 * What a metric is made of, for a table or a diagram.
 *
 * @category models
 */
export const Detail = Schema.Union([
  Schema.TaggedStruct("PerClass", { classes: Schema.Array(ClassCount) }),
  Schema.TaggedStruct("Calibration", { bins: Schema.Array(CalibrationBin) })
])
export type Detail = typeof Detail.Type
