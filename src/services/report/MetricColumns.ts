import type { MetricInfo, RunStarted, Scores } from "../../train/TrainEvent.js"

/** The loss, as what a run is compared by where it has no metrics. */
const loss: MetricInfo = { name: "loss", goal: "min", unit: "number", streams: true }

/** The metric by which runs are compared: their first one, else the loss. */
export const first = (run: RunStarted | undefined): MetricInfo => run?.metrics[0] ?? loss

/** A metric's name in a narrow column. */
export const short = (name: string): string => (name === "accuracy" ? "acc" : name)

/** The loss, or a metric by its name, of scores. */
export const valueOf = (scores: Scores | null, name: string): number | undefined =>
  name === "loss" ? scores?.loss : scores?.metrics[name]

/** As many as fit a line of text: the first ones. The report has all. */
export const narrow = (run: RunStarted): ReadonlyArray<MetricInfo> => run.metrics.slice(0, 2)
