import type { Evaluated } from "../../train/TrainEvent.js"
import * as Format from "./Format.js"
import { type Html, html } from "./Html.js"

const sum = (counts: ReadonlyArray<number>): number => counts.reduce((total, count) => total + count, 0)

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

const accuracy = (row: ReadonlyArray<number>, label: number): string =>
  sum(row) === 0 ? "-" : Format.percent(share(row[label] ?? 0, sum(row)))

const name = (classNames: ReadonlyArray<string>, label: number): string => classNames[label] ?? `class ${label}`

// The root makes a handful of mistakes visible in a row with hundreds of correct answers.
const cell = (count: number, row: ReadonlyArray<number>, right: boolean): Html => {
  const part = share(count, sum(row))
  const strength = right ? part : Math.min(1, Math.sqrt(part))
  return html`<td class="${right ? "right" : "wrong"}${strength > 0.55 ? " strong" : ""}" style="--p:${Math.round(100 * strength)}%">${count}</td>`
}

const matrix = (confusion: Evaluated["confusion"], classNames: ReadonlyArray<string>): Html => html`
<div class="scroll"><table class="confusion">
<caption>Rows are what the image shows, columns what the network said.</caption>
<thead><tr><th scope="col">true \\ predicted</th>${confusion.map((_, label) => html`<th scope="col" class="class"><span>${name(classNames, label)}</span></th>`)}<th scope="col">accuracy</th></tr></thead>
<tbody>${confusion.map(
  (row, label) =>
    html`<tr><th scope="row">${name(classNames, label)}</th>${row.map((count, predicted) => cell(count, row, label === predicted))}<td class="accuracy">${accuracy(row, label)}</td></tr>`
)}</tbody>
</table></div>`

const list = (
  caption: string,
  headings: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>
): Html => html`
<div class="scroll"><table class="list">
<caption>${caption}</caption>
<thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((text) => html`<td>${text}</td>`)}</tr>`)}</tbody>
</table></div>`

const shown = 15

const worst = (confusion: Evaluated["confusion"], classNames: ReadonlyArray<string>): Html => {
  const classes = confusion
    .map((row, label) => ({ row, label, accuracy: share(row[label] ?? 0, sum(row)) }))
    .filter(({ row }) => sum(row) > 0)
    .sort((a, b) => a.accuracy - b.accuracy || a.label - b.label)
    .slice(0, shown)
  const pairs = confusion
    .flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count, part: share(count, sum(row)) })))
    .filter(({ count, label, predicted }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted)
    .slice(0, shown)
  return html`<div class="pair">${[
    list(
      `The ${classes.length} classes with the lowest accuracy of ${confusion.length}.`,
      ["class", "right", "images", "accuracy"],
      classes.map(({ label, row }) => [
        name(classNames, label),
        Format.integer(row[label] ?? 0),
        Format.integer(sum(row)),
        accuracy(row, label)
      ])
    ),
    list(
      `The ${pairs.length} most frequent confusions.`,
      ["true", "predicted", "images", "of its class"],
      pairs.map(({ count, label, part, predicted }) => [
        name(classNames, label),
        name(classNames, predicted),
        Format.integer(count),
        Format.percent(part)
      ])
    )
  ]}</div>`
}

/** The confusion matrix as a table shaded by count; of more than 20 classes the worst and the most confused. */
export const render = (evaluated: Evaluated, classNames: ReadonlyArray<string>): Html =>
  evaluated.confusion.length > 20 ? worst(evaluated.confusion, classNames) : matrix(evaluated.confusion, classNames)
