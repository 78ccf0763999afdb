import { Effect } from "effect"
import type { RunStarted, TrainEvent } from "../../train/TrainEvent.js"
import * as Curves from "./Curves.js"
import * as EpochRows from "./EpochRows.js"
import * as Page from "./Page.js"
import * as Png from "./Png.js"
import * as RunRecord from "./RunRecord.js"
import * as SummaryRows from "./SummaryRows.js"

/** The report of a run, as the contents of files. */
export interface Report {
  readonly curvesSvg: string
  readonly curvesPng: Uint8Array
  readonly html: string
  /** The facts and the epoch table as text. */
  readonly summary: string
}

const summaryText = (record: RunRecord.RunRecord): string => {
  const columns = EpochRows.columns(record.started)
  const rows = record.epochs.map((epoch) => EpochRows.row(columns, epoch))
  return [SummaryRows.render(SummaryRows.make(record)), EpochRows.heading(columns), ...rows, ""].join("\n")
}

/** Renders the report of a run from its events; the same events give the same bytes. */
export const render = Effect.fn("Report.render")(function* (started: RunStarted, rest: ReadonlyArray<TrainEvent>) {
  const record = RunRecord.fromEvents(started, rest)
  const pictured = yield* Effect.forEach(record.evaluated?.mistakes ?? [], (mistake) =>
    Effect.map(Png.fromPixels(mistake), (png) => ({
      mistake,
      picture: `data:image/png;base64,${Buffer.from(png).toString("base64")}`
    }))
  )
  const curvesSvg = Curves.render(record)
  const curvesPng = yield* Png.fromSvg(curvesSvg)
  return { curvesSvg, curvesPng, html: Page.render(record, pictured), summary: summaryText(record) } satisfies Report
})
