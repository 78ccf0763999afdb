import type { Schema } from "effect"
import * as PlanRecord from "../../train/PlanRecord.js"
import { type EpochEnded, type EvaluatedSet, type MetricInfo, scoreOf } from "../../train/TrainEvent.js"
import * as Format from "./Format.js"
import * as MetricColumns from "./MetricColumns.js"
import * as RunRecord from "./RunRecord.js"
import * as Spread from "./Spread.js"

/** Runs under one name: one, or several that differ only in their seeds. */
export interface Group {
  readonly name: string
  readonly runs: ReadonlyArray<{ readonly record: RunRecord.RunRecord; readonly plan: PlanRecord.PlanRecord }>
}

/** A table: the headings, and a row for each group. */
export interface Table {
  readonly headings: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
}

/** The set on which the runs of a group are evaluated after each epoch: the validation split if they have one, else the test images. */
export const setOf = ({ runs }: Group): EvaluatedSet =>
  runs.some(({ record }) => record.started.validationImages > 0) ? "validation" : "test"

/** The values of a score after each epoch that has one. */
export const course = (
  record: RunRecord.RunRecord,
  set: "train" | EvaluatedSet,
  name: string
): ReadonlyArray<{ readonly epoch: number; readonly value: number }> =>
  record.epochs.flatMap((epoch: EpochEnded) => {
    const value = scoreOf(epoch, set, name)
    return value === undefined ? [] : [{ epoch: epoch.epoch + 1, value }]
  })

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

const spread = (values: ReadonlyArray<number>, text: (value: number) => string): string => {
  if (values.length === 0) return "-"
  const { deviation, mean } = Spread.of(values)
  return deviation === null ? text(mean) : `${text(mean)} ± ${text(deviation)}`
}

/** The end of each run of a group: the score on the test images. */
const lastScores = ({ runs }: Group, name: string): ReadonlyArray<number> =>
  runs.flatMap(({ record }) => MetricColumns.valueOf(RunRecord.test(record), name) ?? [])

const best = (
  { runs }: Group,
  set: EvaluatedSet,
  { goal, name }: MetricInfo
): ReadonlyArray<{ readonly value: number; readonly epoch: number }> =>
  runs.flatMap(
    ({ record }) =>
      course(record, set, name).toSorted((a, b) => (goal === "max" ? b.value - a.value : a.value - b.value))[0] ?? []
  )

/** The metric by which groups are compared: the first one of the first run. */
export const metricOf = (groups: ReadonlyArray<Group>): MetricInfo =>
  MetricColumns.first(groups[0]?.runs[0]?.record.started)

/** The runs side by side: scores at the end, the best epoch, and what they took. */
export const table = (groups: ReadonlyArray<Group>): Table => {
  const metric = metricOf(groups)
  const text = (value: number) => Format.score(metric.name, value, [metric])
  const rows = groups.map((group) => {
    const { name, runs } = group
    const set = setOf(group)
    const speeds = runs.flatMap(({ record }) => RunRecord.speed(record) ?? [])
    const tops = best(group, set, metric)
    const unfinished = runs.filter(({ record }) => record.end?._tag !== "RunFinished").length
    return [
      unfinished === 0 ? name : `${name} (${runs.length === 1 ? "not finished" : `${unfinished} not finished`})`,
      `${runs.length}`,
      Format.integer(runs[0]?.record.started.parameters ?? 0),
      `${Math.max(...runs.map(({ record }) => record.epochs.length))}`,
      spread(lastScores(group, "loss"), Format.loss),
      spread(lastScores(group, metric.name), text),
      tops.length === 0
        ? "-"
        : `${set} ${spread(
            tops.map(({ value }) => value),
            text
          )}`,
      tops.length === 0 ? "-" : tops.map(({ epoch }) => epoch).join(" "),
      speeds.length === 0 ? "-" : Format.integer(mean(speeds.map(({ imagesPerSecond }) => imagesPerSecond))),
      speeds.length === 0 ? "-" : mean(speeds.map(({ seconds }) => seconds)).toFixed(1)
    ]
  })
  return {
    headings: [
      "run",
      "runs",
      "parameters",
      "epochs",
      "test loss",
      `test ${MetricColumns.short(metric.name)}`,
      `best ${MetricColumns.short(metric.name)}`,
      "at epoch",
      "images/s",
      "seconds"
    ],
    rows
  }
}

const shown = (value: Schema.Json | undefined): string => {
  const text = value === undefined ? "-" : typeof value === "string" ? value : JSON.stringify(value)
  return text.length > 40 ? `${text.slice(0, 37)}...` : text
}

/** The settings in which the groups differ, with the value of each. */
export const settings = (groups: ReadonlyArray<Group>): Table => {
  const plans = groups.flatMap(({ runs }) => runs.slice(0, 1).map(({ plan }) => plan))
  const [first] = plans
  const others = first === undefined ? [] : plans.map((plan) => PlanRecord.differences(first, plan))
  const was = new Map(others.flatMap((differences) => differences.map(({ path, was }) => [path, was])))
  return {
    headings: ["setting", ...groups.map(({ name }) => name)],
    rows: [...was].map(([path, value]) => [
      path,
      ...others.map((differences) => {
        const difference = differences.find((difference) => difference.path === path)
        return shown(difference === undefined ? value : difference.is)
      })
    ])
  }
}

/** A table as aligned lines of text. */
export const render = ({ headings, rows }: Table): string => {
  const cells = [headings, ...rows]
  const width = (column: number) => Math.max(...cells.map((row) => row[column]?.length ?? 0))
  return cells
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(width(i)) : cell.padStart(width(i))))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

/** Both tables of a comparison as text. */
export const text = (scores: Table, settings: Table): string =>
  `${render(scores)}\n\n${settings.rows.length === 0 ? "the plans do not differ" : render(settings)}\n`
