import { Schema } from "effect"
import type { Task } from "../../data/Targets.js"
import type { Metric } from "../Metric.js"
import * as Accuracy from "./Accuracy.js"
import * as PerClass from "./PerClass.js"
import * as Probability from "./Probability.js"
import * as Ranking from "./Ranking.js"
import * as Regression from "./Regression.js"

const averages = PerClass.Average.literals

/** The built-in metrics but for `top-k`, which there are many of. */
const builtIn: ReadonlyArray<Metric> = [
  Accuracy.accuracy,
  PerClass.balancedAccuracy,
  ...averages.map(PerClass.precision),
  ...averages.map(PerClass.recall),
  ...averages.map(PerClass.f1),
  Ranking.auc,
  Ranking.averagePrecision,
  Probability.calibrationError,
  Probability.brier,
  Probability.logLoss,
  Accuracy.subsetAccuracy,
  Accuracy.labelAccuracy,
  Regression.mae,
  Regression.rmse,
  Regression.r2
]

/**
 * The built-in metric with a name; `undefined` for an unknown one.
 *
 * @category conversions
 */
export const named = (name: string): Metric | undefined => {
  const k = /^top-([1-9]\d*)$/.exec(name)?.[1]
  return k === undefined ? builtIn.find((metric) => metric.name === name) : Accuracy.topK(Number(k))
}

/** What a metric can be called, for messages. */
export const metricNames = [...builtIn.map(({ name }) => name), "top-5 (any number)"].join(", ")

/**
 * The names of the built-in metrics: `accuracy`, `top-5` for any number, `f1-macro`.
 *
 * @category schemas
 */
export const MetricName = Schema.String.check(
  Schema.makeFilter((name) => named(name) !== undefined, {
    expected: `one of ${metricNames}`
  })
)

/**
 * The metrics of a task where none are chosen: accuracy; macro F1 and the accuracy of the labels; mean absolute error, root of the mean squared error and R2.
 *
 * @category constructors
 */
export const ofTask = (task: Task): ReadonlyArray<Metric> => {
  switch (task) {
    case "classes":
      return [Accuracy.accuracy]
    case "multiple":
      return [PerClass.f1("macro"), Accuracy.labelAccuracy]
    case "values":
      return [Regression.mae, Regression.rmse, Regression.r2]
  }
}
