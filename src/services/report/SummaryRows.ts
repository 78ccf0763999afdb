import type { MetricInfo, Scores } from "../../train/TrainEvent.js"
import * as Format from "./Format.js"
import * as RunRecord from "./RunRecord.js"

/** One fact of a run: what it is, and its value as text. */
export type SummaryRow = readonly [name: string, value: string]

const scores = ({ loss, metrics, total }: Scores, known: ReadonlyArray<MetricInfo>): string =>
  [
    `loss ${Format.loss(loss)}`,
    ...Object.entries(metrics).map(([name, value]) => {
      const counts = name === "accuracy" ? ` (${Format.integer(value * total)} of ${Format.integer(total)})` : ""
      return `${name} ${Format.score(name, value, known)}${counts}`
    })
  ].join(", ")

const images = (record: RunRecord.RunRecord): string => {
  const { testImages, trainImages, validationImages } = record.started
  return [
    `${Format.integer(trainImages)} train`,
    ...(validationImages > 0 ? [`${Format.integer(validationImages)} validation`] : []),
    `${Format.integer(testImages)} test`
  ].join(", ")
}

const outcome = (record: RunRecord.RunRecord): string => {
  const steps = record.started.epochs * record.started.stepsPerEpoch
  switch (record.end?._tag) {
    case "RunFinished":
      return "finished"
    case "RunStopped":
      return `stopped after step ${Format.integer(record.end.step)} of ${Format.integer(steps)}: ${record.end.reason}`
    case undefined:
      return `not ended: ${Format.integer(record.steps.length)} of ${Format.integer(steps)} steps are logged`
  }
}

/** The facts of a run in the order they are shown. */
export const make = (record: RunRecord.RunRecord): ReadonlyArray<SummaryRow> => {
  const { end, epochs, started } = record
  const speed = RunRecord.speed(record)
  const test = RunRecord.test(record)
  return [
    ["Network", started.network],
    ["Parameters", Format.integer(started.parameters)],
    ["Dataset", started.dataset],
    ["Images", images(record)],
    ["Seed", `${started.seed}`],
    ["Epochs", `${epochs.length} of ${started.epochs}`],
    ["Batch size", `${started.batchSize}`],
    ["Backend", started.backend],
    ["Started", Format.instant(record.startedAt)],
    ...record.resumedAt.map((step): SummaryRow => ["Resumed", `at step ${Format.integer(step)}`]),
    ["Outcome", outcome(record)],
    ...(speed === null
      ? []
      : ([
          ["Images per second", Format.integer(speed.imagesPerSecond)],
          ["Training time", Format.duration(speed.seconds)]
        ] satisfies ReadonlyArray<SummaryRow>)),
    ...(test === null ? [] : ([["Test", scores(test, started.metrics)]] satisfies ReadonlyArray<SummaryRow>)),
    ...(end?._tag === "RunFinished" && end.withViews !== undefined
      ? ([
          [`Test, ${end.withViews.views}`, scores(end.withViews.test, started.metrics)]
        ] satisfies ReadonlyArray<SummaryRow>)
      : []),
    ...(end?._tag === "RunFinished"
      ? ([["Weights (SHA-256)", end.weightDigest]] satisfies ReadonlyArray<SummaryRow>)
      : [])
  ]
}

/** The facts as aligned lines of text. */
export const render = (rows: ReadonlyArray<SummaryRow>): string => {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("")
}
