import { Schema } from "effect"
import { type Metric, make, type Shape, type Totals } from "../Metric.js"
import { ClassCount } from "./Detail.js"
import type { Samples } from "./Samples.js"

/** The counts of each class or label: a monoid. */
export const Counts = Schema.Array(ClassCount)
export type Counts = typeof Counts.Type

const none: ClassCount = { correct: 0, predicted: 0, actual: 0 }

type Writable = { -readonly [K in keyof ClassCount]: number }

const ofBatch = (samples: Samples): Counts => {
  const counts = Array.from({ length: samples.width }, (): Writable => ({ ...none }))
  if (samples.task === "classes") countClasses(samples, counts)
  else countLabels(samples, counts)
  return counts
}

// What is not read of a resample is not picked from the whole set either.
const countClasses = ({ count, labels, predicted }: Samples, counts: ReadonlyArray<Writable>): void => {
  for (let i = 0; i < count; i++) {
    const [label, said] = [counts[labels[i]!]!, counts[predicted[i]!]!]
    label.actual++
    said.predicted++
    if (label === said) label.correct++
  }
}

const countLabels = ({ outputs, targets, width }: Samples, counts: ReadonlyArray<Writable>): void => {
  for (let k = 0; k < outputs.length; k++) {
    const [has, said, count] = [targets[k]! > 0.5, outputs[k]! > 0, counts[k % width]!]
    if (has) count.actual++
    if (said) count.predicted++
    if (has && said) count.correct++
  }
}

/** The counts of both. */
export const totals: Totals<Counts> = {
  empty: ({ width }) => Array.from({ length: width }, () => none),
  ofBatch,
  combine: (a, b) =>
    a.map(({ actual, correct, predicted }, c) => ({
      correct: correct + (b[c]?.correct ?? 0),
      predicted: predicted + (b[c]?.predicted ?? 0),
      actual: actual + (b[c]?.actual ?? 0)
    }))
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

/**
 * Of those said to be of a class, the fraction that are; 0 where none was.
 *
 * @category scores of a class
 */
export const precisionOf = ({ correct, predicted }: ClassCount): number => ratio(correct, predicted)

/**
 * Of those of a class, the fraction that were said to be; 0 where there are none.
 *
 * @category scores of a class
 */
export const recallOf = ({ actual, correct }: ClassCount): number => ratio(correct, actual)

/**
 * The harmonic mean of precision and recall: `2 correct / (predicted + actual)`; 0 where there are none.
 *
 * @category scores of a class
 */
export const f1Of = ({ actual, correct, predicted }: ClassCount): number => ratio(2 * correct, predicted + actual)

/**
 * How the scores of the classes become one: their mean (`macro`), their mean weighted by the samples of each class (`weighted`), or the score of all
 * counts together (`micro`).
 *
 * @category models
 */
export const Average = Schema.Literals(["macro", "micro", "weighted"])
export type Average = typeof Average.Type

/** As scikit-learn: a class that neither occurs nor is predicted has no part in the mean; a label always has. */
const taking = (counts: Counts, { task }: Shape): Counts =>
  task === "classes" ? counts.filter(({ actual, predicted }) => actual + predicted > 0) : counts

const average = (kind: Average, of: (count: ClassCount) => number, counts: Counts): number => {
  const sum = (f: (count: ClassCount) => number) => counts.reduce((total, count) => total + f(count), 0)
  switch (kind) {
    case "macro":
      return ratio(sum(of), counts.length)
    case "micro":
      return of({
        correct: sum(({ correct }) => correct),
        predicted: sum(({ predicted }) => predicted),
        actual: sum(({ actual }) => actual)
      })
    case "weighted":
      return ratio(
        sum((count) => of(count) * count.actual),
        sum(({ actual }) => actual)
      )
  }
}

const averaged =
  (name: string, of: (count: ClassCount) => number) =>
  (kind: Average): Metric =>
    make({
      name: `${name}-${kind}`,
      options: { average: kind },
      tasks: ["classes", "multiple"],
      goal: "max",
      unit: "fraction",
      totals,
      value: (counts, shape) => average(kind, of, taking(counts, shape)),
      detail: (classes) => ({ _tag: "PerClass", classes }),
      state: Counts
    })

/**
 * Precision, `correct / predicted` of each class, averaged. A class or label that was never predicted has 0; a class that neither occurs nor is predicted has no part
 * in the mean.
 *
 * **Source** scikit-learn's `precision_score` with `zero_division=0`.
 *
 * @category metrics of classes
 */
export const precision: (average: Average) => Metric = averaged("precision", precisionOf)

/**
 * Recall, `correct / actual` of each class, averaged as `precision` is.
 *
 * **Source** scikit-learn's `recall_score` with `zero_division=0`.
 *
 * @category metrics of classes
 */
export const recall: (average: Average) => Metric = averaged("recall", recallOf)

/**
 * F1, `2 correct / (predicted + actual)` of each class, averaged as `precision` is.
 *
 * **Source** scikit-learn's `f1_score` with `zero_division=0`.
 *
 * @category metrics of classes
 */
export const f1: (average: Average) => Metric = averaged("f1", f1Of)

/**
 * The mean recall of the classes that occur: accuracy if each class had as many samples.
 *
 * **Source** scikit-learn's `balanced_accuracy_score`.
 *
 * @category metrics of classes
 */
export const balancedAccuracy: Metric = make({
  name: "balanced-accuracy",
  tasks: ["classes"],
  goal: "max",
  unit: "fraction",
  totals,
  value: (counts) =>
    average(
      "macro",
      recallOf,
      counts.filter(({ actual }) => actual > 0)
    ),
  detail: (classes) => ({ _tag: "PerClass", classes }),
  state: Counts
})
