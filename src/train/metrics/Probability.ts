import { Schema } from "effect"
import { type Metric, make, perSample, type Totals } from "../Metric.js"

/** The sums of the samples of one bin. */
const Bin = Schema.Struct({ count: Schema.Int, confidence: Schema.Number, correct: Schema.Int })
const Bins = Schema.Array(Bin)
type Bins = typeof Bins.Type

/** As many as in the paper. */
const bins = 15

const noBins: Bins = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, correct: 0 }))

/** The sums of the samples of both, bin by bin. */
export const totals: Totals<Bins> = {
  empty: () => noBins,
  ofBatch: ({ confidence: confidences, count, labels, predicted }) => {
    const sums = noBins.map((bin) => ({ ...bin }))
    for (let i = 0; i < count; i++) {
      const confidence = confidences[i]!
      // Bin m is ((m - 1) / 15, m / 15], counted from 1.
      const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))]!
      bin.count++
      bin.confidence += confidence
      if (predicted[i] === labels[i]) bin.correct++
    }
    return sums
  },
  combine: (a, b) =>
    a.map(({ confidence, correct, count }, m) => ({
      count: count + (b[m]?.count ?? 0),
      confidence: confidence + (b[m]?.confidence ?? 0),
      correct: correct + (b[m]?.correct ?? 0)
    }))
}

/**
 * Expected calibration error: how far the confidence of the network, its largest probability, is from its accuracy. The samples go to 15 bins of equal width by confidence;
 * it is the mean over the samples of `|accuracy - confidence|` of their bin. The bins make a reliability diagram.
 *
 * **Source** Guo et al. 2017, arXiv:1706.04599, sec. 2.
 *
 * @category metrics of classes
 */
export const calibrationError: Metric = make({
  name: "calibration-error",
  tasks: ["classes"],
  goal: "min",
  unit: "fraction",
  totals,
  value: (sums) => {
    const count = sums.reduce((total, bin) => total + bin.count, 0)
    const apart = sums.reduce((total, { confidence, correct }) => total + Math.abs(correct - confidence), 0)
    return count === 0 ? 0 : apart / count
  },
  detail: (sums) => ({
    _tag: "Calibration",
    bins: sums.map(({ confidence, correct, count }) => ({
      count,
      confidence: count === 0 ? 0 : confidence / count,
      accuracy: count === 0 ? 0 : correct / count
    }))
  }),
  state: Bins
})

/**
 * Brier score: the squared distance of the probabilities from the target, 1 at the class and 0 elsewhere, summed over the classes, from 0 to 2; its mean over the samples.
 *
 * **Source** Brier 1950; scikit-learn's `brier_score_loss` with `scale_by_half=False`.
 *
 * @category metrics of classes
 */
export const brier: Metric = perSample({
  name: "brier",
  tasks: ["classes"],
  goal: "min",
  of: ({ labels, probabilities, width }, i) => {
    let sum = 0
    for (let c = 0; c < width; c++) sum += (probabilities[i * width + c]! - (c === labels[i] ? 1 : 0)) ** 2
    return sum
  }
})

/**
 * Mean negative log likelihood of the classes: plain cross entropy, whatever the network is trained with.
 *
 * **Source** scikit-learn's `log_loss`.
 *
 * @category metrics of classes
 */
export const logLoss: Metric = perSample({
  name: "log-loss",
  tasks: ["classes"],
  goal: "min",
  // From the logits, since the probability of a class may round to 0.
  of: ({ labels, outputs, predicted, width }, i) => {
    const largest = outputs[i * width + predicted[i]!]!
    let sum = 0
    for (let c = 0; c < width; c++) sum += Math.exp(outputs[i * width + c]! - largest)
    return largest + Math.log(sum) - outputs[i * width + labels[i]!]!
  }
})
