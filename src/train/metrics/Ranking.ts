import { type Metric, make, type Totals } from "../Metric.js"
import * as Samples from "./Samples.js"

/** All samples so far, batch by batch: what depends on the order of all of them has no smaller total. */
export const totals: Totals<ReadonlyArray<Samples.Samples>> = {
  empty: () => [],
  ofBatch: (samples) => [samples],
  combine: (a, b) => [...a, ...b]
}

/** The samples with equal probabilities at an output, from the least probable ones up: how many have the class or label, and how many have not. */
const groups = (samples: Samples.Samples, output: number): ReadonlyArray<{ positive: number; negative: number }> => {
  const { labels, probabilities, targets, task, width } = samples
  const found: Array<{ positive: number; negative: number }> = []
  let last = Number.NaN
  for (const i of samples.order(output)) {
    const probability = probabilities[i * width + output]!
    if (probability !== last) found.push({ positive: 0, negative: 0 })
    last = probability
    const has = task === "classes" ? labels[i] === output : targets[i * width + output]! > 0.5
    found.at(-1)![has ? "positive" : "negative"]++
  }
  return found
}

type Groups = ReturnType<typeof groups>

const sums = (groups: Groups) =>
  groups.reduce((a, b) => ({ positive: a.positive + b.positive, negative: a.negative + b.negative }), {
    positive: 0,
    negative: 0
  })

/** The probability that a sample with the label is ranked above one without; equal ones count half. */
const area = (groups: Groups): number => {
  const { negative, positive } = sums(groups)
  let below = 0
  let won = 0
  for (const group of groups) {
    won += group.positive * (below + group.negative / 2)
    below += group.negative
  }
  return won / (positive * negative)
}

/** The sum over the distinct probabilities, from the largest down, of the gain in recall times the precision there. */
const precision = (groups: Groups): number => {
  const { positive } = sums(groups)
  let right = 0
  let taken = 0
  let sum = 0
  for (const group of groups.toReversed()) {
    right += group.positive
    taken += group.positive + group.negative
    sum += (group.positive / positive) * (right / taken)
  }
  return sum
}

/** Each class against the rest; of two classes the second says it all. Columns for which the number does not exist are left out. */
const mean = (of: (groups: Groups) => number) => (batches: ReadonlyArray<Samples.Samples>) => {
  const samples = Samples.concat(batches)
  const { task, width } = samples
  const columns = task === "classes" && width === 2 ? [1] : Array.from({ length: width }, (_, output) => output)
  const values = columns.map((output) => of(groups(samples, output))).filter((value) => !Number.isNaN(value))
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * Area under the ROC curve: the probability that a sample of a class is given a larger probability of it than one of another class; equal ones count half.
 * Of several classes or labels it is the mean of each against the rest. One that has no samples, or all, is left out; NaN if all are.
 *
 * **State** all samples, so it is not computed over the steps of an epoch.
 * **Source** scikit-learn's `roc_auc_score` with `multi_class="ovr"`, `average="macro"`.
 *
 * @category metrics of classes
 */
export const auc: Metric = make({
  name: "auc",
  tasks: ["classes", "multiple"],
  goal: "max",
  unit: "fraction",
  totals,
  value: mean(area)
})

/**
 * Average precision: the mean of the precision at each threshold, weighted by the gain in recall. Of several classes or labels it is the mean of each against the rest (mAP);
 * one that has no samples is left out; NaN if all are.
 *
 * **State** all samples, so it is not computed over the steps of an epoch.
 * **Source** scikit-learn's `average_precision_score`, which however counts a class without samples as 0.
 *
 * @category metrics of classes
 */
export const averagePrecision: Metric = make({
  name: "average-precision",
  tasks: ["classes", "multiple"],
  goal: "max",
  unit: "fraction",
  totals,
  value: mean(precision)
})
