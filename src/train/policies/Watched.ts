import { Schema } from "effect"
import { named } from "../metrics/Names.js"
import { described } from "../recipe/Fields.js"
import { scoreOf, type TrainEvent } from "../TrainEvent.js"

/** A set and a score of it. */
export const Metric = described(
  Schema.String.check(Schema.isPattern(/^(train|validation)\/.+$/)),
  'a set and its score, such as "validation/accuracy" or "train/loss"; the test images are not for decisions'
)

export const Mode = Schema.Literals(["min", "max"])
export type Mode = typeof Mode.Type

const nameOf = (metric: string): string => metric.slice(metric.indexOf("/") + 1)

/** Whether a lower or a higher score is better, where the options do not say: known of the loss and the built-in metrics; of custom ones higher. */
export const modeOf = (metric: string, mode: Mode | undefined): Mode =>
  mode ?? (nameOf(metric) === "loss" ? "min" : (named(nameOf(metric))?.goal ?? "max"))

/** The score that an event has, if it has it and it is a number. */
export const scoreIn = (event: TrainEvent, metric: string): number | undefined => {
  const score = scoreOf(event, metric.startsWith("train/") ? "train" : "validation", nameOf(metric))
  return score === undefined || Number.isNaN(score) ? undefined : score
}
