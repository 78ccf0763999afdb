import { Effect, FileSystem, Scope } from "effect"
import * as Scalars from "../../train/Scalars.js"
import {
  type EpochEnded,
  type EvaluatedSet,
  isDetermined,
  type RunStarted,
  type TrainEvent
} from "../../train/TrainEvent.js"
import { fileError, writeAtomic } from "../files/Files.js"
import { type Reporter, ReporterError } from "../run/Reporters.js"

type Row = Readonly<Record<string, number>>

/** A table as a file, and what of an event becomes a row of it. */
interface Table {
  readonly path: string
  readonly columns: (run: RunStarted) => ReadonlyArray<string>
  readonly row: (event: TrainEvent) => Row | undefined
}

const stepTable = (path: string): Table => ({
  path,
  columns: ({ metrics }) => [
    "step",
    "epoch",
    "loss",
    ...metrics.flatMap(({ name, streams }) => (streams ? [name] : [])),
    "rate",
    "images",
    "millis",
    "waitMillis",
    "event"
  ],
  row: (event) => {
    if (event._tag !== "StepEnded") return undefined
    const { epoch, images, loss, metrics, millis, rate, waitMillis } = event
    return {
      step: event.step + 1,
      epoch: epoch + 1,
      loss,
      ...metrics,
      rate,
      images,
      millis,
      waitMillis
    }
  }
})

const scoresOf = ({ metrics }: RunStarted, set: "train" | EvaluatedSet): ReadonlyArray<string> => [
  `${set}/loss`,
  ...metrics.flatMap(({ name, streams }) => (set === "train" && !streams ? [] : [`${set}/${name}`]))
]

const epochTable = (path: string): Table => {
  let epoch: EpochEnded | undefined
  return {
    path,
    columns: (run) => [
      "epoch",
      "step",
      "epoch/rate",
      ...scoresOf(run, "train"),
      ...(run.validationImages > 0 ? scoresOf(run, "validation") : []),
      ...(run.testImages > 0 ? scoresOf(run, "test") : []),
      "epoch/seconds",
      "epoch/imagesPerSecond",
      "event"
    ],
    row: (event) => {
      if (event._tag === "EpochEnded") {
        epoch = event
        return { epoch: event.epoch + 1, step: event.step, ...Scalars.of(event) }
      }
      if (event._tag !== "Evaluated") return undefined
      return Scalars.isRepeated(event, epoch) ? undefined : { step: event.step, ...Scalars.of(event) }
    }
  }
}

const failed = (error: { readonly reason: string; readonly fix: string }) =>
  new ReporterError({ reporter: "csv", reason: error.reason, fix: error.fix, cause: error })

const heading = (column: string): string =>
  column
    .replace(/^epoch\//, "")
    .replaceAll("/", "_")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()

/**
 * A reporter that writes `epochs.csv`, and `steps.csv` if `steps` is true, into `directory`: a row for each epoch, or step, with a line of headings.
 *
 * Steps and epochs are counted from 1. A further evaluation is a row of `epochs.csv` without an epoch. A cell is empty where there is no such number. The last column is the
 * number of the event in the run; a resumed run cuts the files back to its checkpoint by it, and a new one replaces them.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function* (options: {
  readonly directory: string
  readonly steps?: boolean
}): Effect.fn.Return<Reporter, never, FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const scope = yield* Effect.scope
  const tables = [
    epochTable(`${options.directory}/epochs.csv`),
    ...(options.steps === true ? [stepTable(`${options.directory}/steps.csv`)] : [])
  ]
  let open: ReadonlyArray<{
    readonly table: Table
    readonly columns: ReadonlyArray<string>
    readonly file: FileSystem.File
  }> = []
  let events = 0

  const begin = (run: RunStarted, events: number) =>
    Effect.forEach(tables, (table) =>
      Effect.gen(function* () {
        const columns = table.columns(run)
        const head = columns.map(heading).join(",")
        const kept = events === 0 ? [] : yield* rowsUntil(table.path, head, events)
        yield* writeAtomic(table.path, [head, ...kept, ""].join("\n"))
        const file = yield* fs
          .open(table.path, { flag: "a" })
          .pipe(Scope.provide(scope), Effect.mapError(fileError(`could not open ${table.path}`)))
        return { table, columns, file }
      })
    ).pipe(Effect.provideService(FileSystem.FileSystem, fs), Effect.mapError(failed))

  const onEvent = Effect.fnUntraced(function* (event: TrainEvent) {
    if (event._tag === "RunStarted") {
      events = event.resumed?.events ?? 0
      open = yield* begin(event, events)
    }
    if (isDetermined(event)) events += 1
    for (const { columns, file, table } of open) {
      const row = table.row(event)
      if (row === undefined) continue
      const cells: Row = { ...row, event: events }
      const line = `${columns.map((column) => cells[column] ?? "").join(",")}\n`
      yield* file
        .writeAll(new TextEncoder().encode(line))
        .pipe(Effect.mapError((error) => failed(fileError(`could not write ${table.path}`)(error))))
    }
  })
  return { name: "csv", onEvent }
})

/** The rows of a table up to an event; none if there is no file, or one with other columns. What a kill left half-written is no row. */
const rowsUntil = Effect.fnUntraced(function* (path: string, head: string, events: number) {
  const fs = yield* FileSystem.FileSystem
  const unreadable = Effect.mapError(fileError(`could not read ${path}`))
  if (!(yield* unreadable(fs.exists(path)))) return []
  const [first, ...rows] = (yield* unreadable(fs.readFileString(path))).split("\n").slice(0, -1)
  return first === head ? rows.filter((row) => Number(row.slice(row.lastIndexOf(",") + 1)) <= events) : []
})
