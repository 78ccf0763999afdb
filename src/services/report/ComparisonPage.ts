import type { EvaluatedSet } from "../../train/TrainEvent.js"
import * as Chart from "./Chart.js"
import * as Comparison from "./Comparison.js"
import { document, section, table } from "./Document.js"
import { type Html, html, raw } from "./Html.js"

// Okabe and Ito's colours; further runs have them again with other dashes.
const colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]
const dashes = ["solid", "dashed", "dotted"] as const

/** The mean over the runs of a group, at each epoch that all of them have. */
const meanCourse = (group: Comparison.Group, set: "train" | EvaluatedSet, name: string, factor: number) => {
  const courses = group.runs.map(({ record }) => Comparison.course(record, set, name))
  const shortest = Math.min(...courses.map(({ length }) => length))
  return (courses[0] ?? []).slice(0, shortest).map(({ epoch }, i): Chart.Point => {
    const value = courses.reduce((sum, course) => sum + (course[i]?.value ?? Number.NaN), 0) / courses.length
    return [epoch, Number.isFinite(value) ? factor * value : null]
  })
}

/** The panels of all runs: the loss in training, and loss and the first metric on the set that each is evaluated on after each epoch, which the legend names. */
const panelsOf = (groups: ReadonlyArray<Comparison.Group>): ReadonlyArray<Chart.Panel> => {
  const metric = Comparison.metricOf(groups)
  const factor = metric.unit === "fraction" ? 100 : 1
  const panel = (title: string, train: boolean, name: string): Chart.Panel => ({
    title,
    fitted: name !== "loss",
    lines: groups.map((group, i) => {
      const set = Comparison.setOf(group)
      const data = meanCourse(group, train ? "train" : set, name, name === "loss" ? 1 : factor)
      return {
        name: `${group.name} (${set})`,
        data,
        color: colors[i % colors.length]!,
        symbol: "circle",
        showSymbol: data.length <= 40,
        lineStyle: { width: 2, type: dashes[Math.floor(i / colors.length) % dashes.length]! }
      }
    })
  })
  return [
    panel("Training loss", true, "loss"),
    panel("Evaluation loss", false, "loss"),
    ...(metric.name === "loss"
      ? []
      : [panel(`Evaluation ${metric.name}${factor === 100 ? " (%)" : ""}`, false, metric.name)])
  ]
}

const draw = (panels: ReadonlyArray<Chart.Panel>, ids: string): string => {
  const letters = panels[0]?.lines.reduce((sum, { name }) => sum + name.length + 6, 0) ?? 0
  return Chart.draw(panels, ids, Math.max(1, Math.ceil(letters / 70)))
}

/** The curves of all runs side by side, as an SVG. */
export const curves = (groups: ReadonlyArray<Comparison.Group>): string => draw(panelsOf(groups), "compare-")

const tableOf = ({ headings, rows }: Comparison.Table): Html => table(headings, rows)

/** The page of a comparison, whole in itself. The same runs give the same text, byte for byte. */
export const render = (groups: ReadonlyArray<Comparison.Group>): string => {
  const settings = Comparison.settings(groups)
  const isOnTest = groups.some((group) => Comparison.setOf(group) === "test")
  return document(
    {
      title: `${groups.length} runs compared`,
      lead: `Of several runs under one name: the mean, and the deviation of the sample (n - 1). ${isOnTest ? "Where the best epoch was picked on the test images, its score is too good." : ""}`
    },
    html`${section("Curves", html`<div class="curves">${panelsOf(groups).map((panel, i) => html`<div role="img" aria-label="${panel.title} by epoch">${raw(draw([panel], `compare-${i}-`))}</div>`)}</div>`)}${section(
      "Scores",
      tableOf(Comparison.table(groups))
    )}${section(
      "What differs",
      settings.rows.length === 0 ? html`<p>Nothing that decides what the runs compute.</p>` : tableOf(settings)
    )}`
  )
}
