import type { Evaluated, Mistake, Scores } from "../../train/TrainEvent.js"
import * as Confusion from "./Confusion.js"
import * as Curves from "./Curves.js"
import { document, section } from "./Document.js"
import * as EpochRows from "./EpochRows.js"
import * as Format from "./Format.js"
import { type Html, html, raw } from "./Html.js"
import * as MetricTables from "./MetricTables.js"
import * as Reliability from "./Reliability.js"
import * as RunRecord from "./RunRecord.js"
import * as SummaryRows from "./SummaryRows.js"

/** A mistake with its picture as a data URI. */
export interface PicturedMistake {
  readonly mistake: Mistake
  readonly picture: string
}

const figures = (record: RunRecord.RunRecord): Html => {
  const last = record.epochs.at(-1)
  const test = RunRecord.test(record)
  const speed = RunRecord.speed(record)
  const [first] = record.started.metrics
  const metric = ({ metrics }: Scores, set: string): ReadonlyArray<readonly [value: string, name: string]> => {
    const value = first === undefined ? undefined : metrics[first.name]
    return first === undefined || value === undefined
      ? []
      : [[Format.score(first.name, value, [first]), `${set} ${first.name}`]]
  }
  const all: ReadonlyArray<readonly [value: string, name: string]> = [
    ...(test === null ? [] : [...metric(test, "test"), [Format.loss(test.loss), "test loss"] as const]),
    ...(last === undefined ? [] : metric(last.train, "train")),
    ...(speed === null
      ? []
      : [
          [Format.integer(speed.imagesPerSecond), "images per second"] as const,
          [Format.duration(speed.seconds), "of training"] as const
        ])
  ]
  return html`<div class="figures">${all.map(([value, name]) => html`<div><b>${value}</b><span>${name}</span></div>`)}</div>\n`
}

const notice = (record: RunRecord.RunRecord): Html => {
  if (record.end?._tag === "RunFinished") return html``
  const outcome = SummaryRows.make(record).find(([name]) => name === "Outcome")
  return html`<section class="notice"><strong>This run is not complete.</strong> It was ${outcome?.[1] ?? "not ended"}.</section>\n`
}

const summary = (record: RunRecord.RunRecord): Html =>
  section(
    "Summary",
    html`<dl class="facts">${SummaryRows.make(record).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
  )

const curves = (record: RunRecord.RunRecord): Html =>
  section(
    "Curves",
    html`<div class="curves">${Curves.panels(record).map(
      (panel) =>
        html`<div role="img" aria-label="${panel.title} by epoch">${raw(Curves.render(record, [panel], `${panel.value}-`))}</div>`
    )}</div>`
  )

const epochTable = (record: RunRecord.RunRecord): Html => {
  if (record.epochs.length === 0) return section("Epochs", html`<p>No epoch was finished.</p>`)
  const columns = EpochRows.columns(record.started)
  return section(
    "Epochs",
    html`<div class="scroll"><table class="epochs"><thead><tr>${columns.map(({ heading }) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${record.epochs.map((epoch) => html`<tr>${columns.map(({ cell }) => html`<td>${cell(epoch)}</td>`)}</tr>\n`)}</tbody></table></div>`
  )
}

const mistakes = (pictured: ReadonlyArray<PicturedMistake>, classNames: ReadonlyArray<string>): Html => {
  const name = (label: number) => classNames[label] ?? `class ${label}`
  return section(
    "Worst mistakes",
    html`<p class="lead">The test images that the network got wrong with the greatest confidence.</p>
<div class="mistakes">${pictured.map(
      ({ mistake, picture }) =>
        html`<figure><img src="${picture}" width="${mistake.width}" height="${mistake.height}" alt="test image ${mistake.index}: ${name(mistake.label)}"><figcaption>${name(mistake.label)} &rarr; <span class="said">${name(mistake.predicted)}</span><br><small>${Format.percent(mistake.probability)} sure<br>image ${mistake.index}</small></figcaption></figure>\n`
    )}</div>`
  )
}

const evaluation = (evaluated: Evaluated, classNames: ReadonlyArray<string>): Html => {
  const perClass = MetricTables.perClass(evaluated, classNames)
  const bins = Reliability.binsOf(evaluated)
  return html`${perClass === undefined ? html`` : section("Classes", perClass)}${
    bins.length === 0
      ? html``
      : section(
          "Calibration",
          html`<p class="lead">How often the network is right, by how sure it is. Bars below the line: it is surer than it should be.</p>
<div class="curves single"><div role="img" aria-label="Accuracy by confidence">${raw(Reliability.draw(bins))}</div></div>`
        )
  }${evaluated.confusion.length === 0 ? html`` : section("Confusion matrix", Confusion.render(evaluated, classNames))}`
}

/** The page of a run, whole in itself: it loads nothing. The same record gives the same text, byte for byte. */
export const render = (record: RunRecord.RunRecord, pictured: ReadonlyArray<PicturedMistake>): string => {
  const { classNames, dataset, network } = record.started
  return document(
    { title: `${network} on ${dataset}`, lead: `Training report of a run begun ${Format.instant(record.startedAt)}` },
    html`${notice(record)}${figures(record)}${curves(record)}${summary(record)}${epochTable(record)}${
      record.started.metrics.length === 0 ? html`` : section("Metrics", MetricTables.metrics(record))
    }${record.evaluated === null ? html`` : evaluation(record.evaluated, classNames)}${pictured.length === 0 ? html`` : mistakes(pictured, classNames)}`
  )
}
