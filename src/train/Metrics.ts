import type { Task } from "../data/Targets.js"
import type { Scores } from "./TrainEvent.js"

export { accuracy, labelAccuracy, subsetAccuracy, topK } from "./metrics/Accuracy.js"
export { confusion } from "./metrics/Confusion.js"
export { CalibrationBin, ClassCount, Detail } from "./metrics/Detail.js"
export { MetricName, named, ofTask } from "./metrics/Names.js"
export { Average, balancedAccuracy, f1, f1Of, precision, precisionOf, recall, recallOf } from "./metrics/PerClass.js"
export { brier, calibrationError, logLoss } from "./metrics/Probability.js"
export { auc, averagePrecision } from "./metrics/Ranking.js"
export { mae, r2, rmse } from "./metrics/Regression.js"

/**
 * Totals over samples, from which `scores` are computed; `correct` is `null` where no answer is simply right or wrong, of several labels and of
 * values. `combine` and `empty` make them a monoid.
 *
 * @category models
 */
export interface Totals {
  readonly loss: number
  readonly correct: number | null
  readonly total: number
}

/** The totals of no samples. @category constructors */
export const empty: Totals = { loss: 0, correct: 0, total: 0 }

/**
 * The totals of one batch whose mean loss is `meanLoss`.
 *
 * @category constructors
 */
export const ofBatch = (meanLoss: number, correct: number | null, total: number): Totals => ({
  loss: meanLoss * total,
  correct,
  total
})

/** The totals of the samples of both. @category combinators */
export const combine = (a: Totals, b: Totals): Totals => ({
  loss: a.loss + b.loss,
  correct: a.correct === null || b.correct === null ? null : a.correct + b.correct,
  total: a.total + b.total
})

/**
 * Mean loss and accuracy over the samples; a smaller last batch counts by its size.
 *
 * @category accessors
 */
export const scores = ({ loss, correct, total }: Totals): Scores => ({
  loss: total === 0 ? 0 : loss / total,
  accuracy: correct === null ? null : total === 0 ? 0 : correct / total,
  correct,
  total
})

/**
 * The place of the largest number of each row of `[n, width]`: the predicted class of an image.
 *
 * @category accessors
 */
export const largest = (rows: Float32Array, width: number): Int32Array => {
  const places = new Int32Array(rows.length / width)
  for (let row = 0; row < places.length; row++) {
    const start = row * width
    let best = 0
    for (let i = 1; i < width; i++) if (rows[start + i]! > rows[start + best]!) best = i
    places[row] = best
  }
  return places
}

/**
 * The largest probability of softmax(outputs) of one image.
 *
 * @category accessors
 */
export const largestProbability = (outputs: Float32Array): number => {
  const most = outputs.reduce((a, b) => Math.max(a, b))
  return Math.fround(1 / outputs.reduce((sum, x) => sum + Math.exp(x - most), 0))
}

/**
 * The number of images whose largest output is at the largest target; `null` unless each image has one class.
 *
 * @category accessors
 */
export const countCorrect = (
  task: Task,
  outputs: Float32Array,
  targets: Float32Array,
  width: number
): number | null => {
  if (task !== "classes") return null
  const classes = largest(targets, width)
  return largest(outputs, width).reduce((sum, predicted, i) => sum + (predicted === classes[i] ? 1 : 0), 0)
}
