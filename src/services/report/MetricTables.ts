import type { ClassCount } from "../../train/metrics/Detail.js"
import * as PerClass from "../../train/metrics/PerClass.js"
import type { Evaluated } from "../../train/TrainEvent.js"
import * as Format from "./Format.js"
import { type Html, html } from "./Html.js"
import type { RunRecord } from "./RunRecord.js"
import * as RunRecords from "./RunRecord.js"

const table = (
  headings: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  caption: string
): Html => html`
<div class="scroll"><table class="list">
<caption>${caption}</caption>
<thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((text) => html`<td>${text}</td>`)}</tr>\n`)}</tbody>
</table></div>`

/** The metrics on the test images, with their intervals, beside those of the last epoch. */
export const metrics = (record: RunRecord): Html => {
  const { metrics, validationImages } = record.started
  const last = record.epochs.at(-1)
  const test = RunRecords.test(record)
  const text = (name: string, value: number | undefined) => Format.score(name, value, metrics)
  const interval = (name: string) => {
    const found = record.evaluated?.intervals[name]
    return found === undefined ? "-" : `${text(name, found.low)} to ${text(name, found.high)}`
  }
  return table(
    ["metric", "better", "test", "95 % interval", "train", ...(validationImages > 0 ? ["validation"] : [])],
    metrics.map(({ goal, name }) => [
      name,
      goal === "max" ? "higher" : "lower",
      text(name, test?.metrics[name]),
      interval(name),
      text(name, last?.train.metrics[name]),
      ...(validationImages > 0 ? [text(name, last?.validation?.metrics[name])] : [])
    ]),
    "Test: after the last step; its interval is Wilson's for proportions, else by a bootstrap of the test images. Train: over the last epoch's steps, as the weights changed."
  )
}

const countsOf = ({ confusion, details }: Evaluated): ReadonlyArray<ClassCount> => {
  const found = details.flatMap((detail) => (detail._tag === "PerClass" ? detail.classes : []))
  return found.length > 0
    ? found
    : confusion.map((row, label) => ({
        correct: row[label] ?? 0,
        actual: row.reduce((sum, count) => sum + count, 0),
        predicted: confusion.reduce((sum, other) => sum + (other[label] ?? 0), 0)
      }))
}

/** More classes than this are hidden behind the lowest ones. */
const many = 20
const lowest = 15

/** Precision, recall, F1 and support of each class or label; of many, the lowest first and all of them folded. Nothing where there are none. */
export const perClass = (evaluated: Evaluated, classNames: ReadonlyArray<string>): Html | undefined => {
  const counts = countsOf(evaluated)
  if (counts.length === 0) return undefined
  const rows = counts.map((count, label) => ({
    f1: PerClass.f1Of(count),
    cells: [
      classNames[label] ?? `class ${label}`,
      Format.percent(PerClass.precisionOf(count)),
      Format.percent(PerClass.recallOf(count)),
      Format.percent(PerClass.f1Of(count)),
      Format.integer(count.actual)
    ]
  }))
  const headings = ["class", "precision", "recall", "F1", "support"]
  const caption =
    "Precision is right / said to be it, recall right / support, F1 their harmonic mean; 0 where there is nothing to divide by."
  const all = (caption: string) =>
    table(
      headings,
      rows.map(({ cells }) => cells),
      caption
    )
  if (rows.length <= many) return all(caption)
  const low = rows.toSorted((a, b) => a.f1 - b.f1).slice(0, lowest)
  return html`${table(
    headings,
    low.map(({ cells }) => cells),
    `The ${low.length} classes with the lowest F1 of ${rows.length}. ${caption}`
  )}<details><summary>All ${rows.length} classes</summary>${all("In the order of the classes.")}</details>`
}
