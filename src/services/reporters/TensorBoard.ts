import { hostname } from "node:os"
import { Clock, Effect, FileSystem, Scope } from "effect"
import * as Scalars from "../../train/Scalars.js"
import type { EpochEnded, RunStarted, TrainEvent } from "../../train/TrainEvent.js"
import { fileError, makeDirectories } from "../files/Files.js"
import { type Reporter, ReporterError } from "../run/Reporters.js"
import * as Record from "./tensorboard/Record.js"

const failed = (error: { readonly reason: string; readonly fix: string }) =>
  new ReporterError({ reporter: "tensorboard", reason: error.reason, fix: error.fix, cause: error })

let files = 0

const nameOf = (millis: number): string => {
  files += 1
  // As the files of TensorFlow: TensorBoard reads them in the order of their names.
  return `events.out.tfevents.${String(Math.floor(millis / 1000)).padStart(10, "0")}.${hostname()}.${process.pid}.${files - 1}`
}

const describe = (run: RunStarted): string => {
  const { _tag: _, classNames, resumed: __, ...facts } = run
  const rows = Object.entries({ ...facts, classNames: classNames.join(", ") })
  return ["| | |", "| --- | --- |", ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join("\n")
}

/**
 * A reporter that writes an event file for TensorBoard into `directory`: `step/...` for each step, `train/...`, `validation/...`, `test/...` and `epoch/...` for each epoch, over the number of
 * steps done, and the facts of the run as a text.
 *
 * A resumed run writes another file, which takes back what was logged after its checkpoint. Show it with `tensorboard --logdir DIRECTORY`, or the
 * directory above several runs to see them together.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function* (
  directory: string
): Effect.fn.Return<Reporter, never, FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const scope = yield* Effect.scope
  let file: FileSystem.File | undefined
  let epoch: EpochEnded | undefined

  const begin = Effect.fnUntraced(
    function* (millis: number) {
      const path = `${directory}/${nameOf(millis)}`
      const cannot = Effect.mapError(fileError(`could not write ${path}`))
      yield* cannot(Effect.provideService(makeDirectories(directory), FileSystem.FileSystem, fs))
      return yield* cannot(Scope.provide(fs.open(path, { flag: "wx" }), scope))
    },
    Effect.mapError((error) => failed(error))
  )

  /** What is written of an event. */
  const entriesOf = (event: TrainEvent): ReadonlyArray<Omit<Record.Entry, "wallTime">> => {
    if (event._tag === "RunStarted") {
      const { step } = event
      // Earlier files may have later steps: of a run that was killed before its first checkpoint, all of them.
      const restart = { step: event.resumed === null ? 0 : step + 1, what: { _tag: "Restart" } } as const
      return [
        { step: 0, what: { _tag: "FileVersion" } },
        restart,
        { step, what: { _tag: "Text", tag: "run", text: describe(event) } }
      ]
    }
    if (event._tag === "EpochEnded") epoch = event
    const isRepeated = event._tag === "Evaluated" && Scalars.isRepeated(event, epoch)
    // The event of the end repeats the evaluation before it.
    const values = isRepeated || event._tag === "RunFinished" ? {} : Scalars.of(event)
    return Object.keys(values).length === 0
      ? []
      : [{ step: Scalars.stepsDone(event), what: { _tag: "Scalars", values } }]
  }

  const onEvent = Effect.fnUntraced(function* (event: TrainEvent) {
    const millis = yield* Clock.currentTimeMillis
    if (event._tag === "RunStarted") file = yield* begin(millis)
    const entries = entriesOf(event)
    if (entries.length === 0) return
    if (file === undefined) {
      return yield* failed({ reason: `${event._tag} came before RunStarted`, fix: "report a run from its beginning" })
    }
    const bytes = Buffer.concat(entries.map((entry) => Record.encode({ ...entry, wallTime: millis / 1000 })))
    yield* file
      .writeAll(bytes)
      .pipe(Effect.mapError((error) => failed(fileError(`could not write to ${directory}`)(error))))
  })
  return { name: "tensorboard", onEvent }
})
