import { type Metric, make, type Totals } from "../Metric.js"
import * as Samples from "./Samples.js"

/** All samples so far, batch by batch: what depends on the order of all of them has no smaller total. */
export const totals: Totals<ReadonlyArray<Samples.Samples>> = {
  empty: () => [],
  ofBatch: (samples) => [samples],
  combine: (a, b) => [...a, ...b]
}

/** For the samples with equal probabilities at an output, from the least probable ones up: how many have the class or label, and how many have not. */
interface Groups {
  readonly length: number
  readonly positive: Int32Array
  readonly negative: Int32Array
}

const groups = (samples: Samples.Samples, output: number): Groups => {
  const { count, probabilities, width } = samples
  const isClasses = samples.task === "classes"
  const has = isClasses ? samples.labels : samples.targets
  const [positive, negative] = [new Int32Array(count), new Int32Array(count)]
  let length = 0
  let last = Number.NaN
  for (const i of samples.order(output)) {
    const probability = probabilities[i * width + output]!
    if (probability !== last) length++
    last = probability
    const isPositive = isClasses ? has[i] === output : has[i * width + output]! > 0.5
    if (isPositive) positive[length - 1]! += 1
    else negative[length - 1]! += 1
  }
  return { length, positive, negative }
}

const sum = (counts: Int32Array): number => counts.reduce((total, count) => total + count, 0)

/** The probability that a sample with the label is ranked above one without; equal ones count half. */
const area = ({ length, negative, positive }: Groups): number => {
  let below = 0
  let won = 0
  for (let g = 0; g < length; g++) {
    won += positive[g]! * (below + negative[g]! / 2)
    below += negative[g]!
  }
  return won / (sum(positive) * below)
}

/** The sum over the distinct probabilities, from the largest down, of the gain in recall times the precision there. */
const precision = ({ length, negative, positive }: Groups): number => {
  const all = sum(positive)
  let right = 0
  let taken = 0
  let total = 0
  for (let g = length - 1; g >= 0; g--) {
    right += positive[g]!
    taken += positive[g]! + negative[g]!
    total += (positive[g]! / all) * (right / taken)
  }
  return total
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
