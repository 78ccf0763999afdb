import { Schema } from "effect"
import { described } from "../recipe/Fields.js"
import { scoreOf, type TrainEvent } from "../TrainEvent.js"

/** A set and a score of it. */
export const Metric = described(
  Schema.String.check(Schema.isPattern(/^(train|validation)\/.+$/)),
  'a set and its score, such as "validation/accuracy" or "train/loss"; the test images are not for decisions'
)

export const Mode = Schema.Literals(["min", "max"])
export type Mode = typeof Mode.Type

const lowerIsBetter = /loss|mae|rmse|brier|error/

/** Whether a lower or a higher score is better, where the options do not say. */
export const modeOf = (metric: string, mode: Mode | undefined): Mode =>
  mode ?? (lowerIsBetter.test(metric) ? "min" : "max")

/** The score that an event has, if it has it and it is a number. */
export const scoreIn = (event: TrainEvent, metric: string): number | undefined => {
  const slash = metric.indexOf("/")
  const set = metric.slice(0, slash) === "train" ? "train" : "validation"
  const score = scoreOf(event, set, metric.slice(slash + 1))
  return score === undefined || Number.isNaN(score) ? undefined : score
}
