import type { EpochEnded, MetricInfo, RunStarted } from "../../train/TrainEvent.js"
import * as Format from "./Format.js"
import * as MetricColumns from "./MetricColumns.js"

/** A column of the epoch table: its heading, its narrowest width in characters, and the cell of an epoch. */
export interface Column {
  readonly heading: string
  readonly width: number
  readonly cell: (epoch: EpochEnded) => string
}

const column = (heading: string, width: number, cell: (epoch: EpochEnded) => string): Column => ({
  heading,
  width: Math.max(width, heading.length),
  cell
})

/** The columns for a run, with its first metrics: those of a set that it does not have are left out. */
export const columns = (run: RunStarted): ReadonlyArray<Column> => [
  column("epoch", 5, (epoch) => `${epoch.epoch + 1}`),
  column("rate", 9, (epoch) => Format.rate(epoch.rate)),
  column("train loss", 10, (epoch) => Format.loss(epoch.train.loss)),
  ...metrics(
    run.metrics,
    MetricColumns.narrow(run).filter(({ streams }) => streams),
    "train",
    (epoch) => epoch.train
  ),
  ...(run.validationImages > 0 ? scores(run, "valid", (epoch) => epoch.validation) : []),
  ...(run.testImages > 0 ? scores(run, "test", (epoch) => epoch.test) : []),
  column("images/s", 8, (epoch) => Format.integer(epoch.imagesPerSecond)),
  column("seconds", 7, (epoch) => epoch.seconds.toFixed(1))
]

type ScoresOf = (epoch: EpochEnded) => EpochEnded["test"]

const metrics = (
  known: ReadonlyArray<MetricInfo>,
  shown: ReadonlyArray<MetricInfo>,
  set: string,
  of: ScoresOf
): ReadonlyArray<Column> =>
  shown.map(({ name }) =>
    column(`${set} ${MetricColumns.short(name)}`, 8, (epoch) => Format.score(name, of(epoch)?.metrics[name], known))
  )

const scores = (run: RunStarted, name: string, of: ScoresOf): ReadonlyArray<Column> => [
  column(`${name} loss`, 10, (epoch) => {
    const it = of(epoch)
    return it === null ? "-" : Format.loss(it.loss)
  }),
  ...metrics(run.metrics, MetricColumns.narrow(run), name, of)
]

const line = (columns: ReadonlyArray<Column>, text: (column: Column) => string): string =>
  columns.map((column) => text(column).padStart(column.width)).join("  ")

/** The headings as one line of text, above `row`s of the same columns. */
export const heading = (columns: ReadonlyArray<Column>): string => line(columns, (column) => column.heading)

/** An epoch as one line of text. */
export const row = (columns: ReadonlyArray<Column>, epoch: EpochEnded): string =>
  line(columns, (column) => column.cell(epoch))
