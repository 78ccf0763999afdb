import type { EpochEnded, RunStarted } from "../../train/TrainEvent.js"
import * as Format from "./Format.js"

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

/** The columns for a run: those of a set that it does not have are left out. */
export const columns = (run: RunStarted): ReadonlyArray<Column> => [
  column("epoch", 5, (epoch) => `${epoch.epoch + 1}`),
  column("rate", 9, (epoch) => Format.rate(epoch.rate)),
  column("train loss", 10, (epoch) => Format.loss(epoch.train.loss)),
  column("train acc", 9, (epoch) => Format.percent(epoch.train.accuracy)),
  ...(run.validationImages > 0 ? scores("valid", (epoch) => epoch.validation) : []),
  ...(run.testImages > 0 ? scores("test", (epoch) => epoch.test) : []),
  column("images/s", 8, (epoch) => Format.integer(epoch.imagesPerSecond)),
  column("seconds", 7, (epoch) => epoch.seconds.toFixed(1))
]

const scores = (name: string, of: (epoch: EpochEnded) => EpochEnded["test"]): ReadonlyArray<Column> => [
  column(`${name} loss`, 10, (epoch) => {
    const it = of(epoch)
    return it === null ? "-" : Format.loss(it.loss)
  }),
  column(`${name} acc`, 8, (epoch) => {
    const it = of(epoch)
    return it === null ? "-" : Format.percent(it.accuracy)
  })
]

const line = (columns: ReadonlyArray<Column>, text: (column: Column) => string): string =>
  columns.map((column) => text(column).padStart(column.width)).join("  ")

/** The headings as one line of text, above `row`s of the same columns. */
export const heading = (columns: ReadonlyArray<Column>): string => line(columns, (column) => column.heading)

/** An epoch as one line of text. */
export const row = (columns: ReadonlyArray<Column>, epoch: EpochEnded): string =>
  line(columns, (column) => column.cell(epoch))
