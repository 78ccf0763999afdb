import { Effect, FileSystem, Scope } from "effect"
import type { RunStarted, TrainEvent } from "../../train/TrainEvent.js"
import { fileError } from "../files/Files.js"
import * as EventLog from "../run/EventLog.js"
import { type Reporter, ReporterError } from "../run/Reporters.js"

const failed = (error: { readonly reason: string; readonly fix: string }) =>
  new ReporterError({ reporter: "jsonl", reason: error.reason, fix: error.fix, cause: error })

/**
 * A reporter that appends each event to the log at `path`, as a line of JSON with a checksum.
 *
 * Every line is written before the next event, so a killed process loses at most the line it was writing. At checkpoints and
 * ends the log is flushed to the disk, so a power cut loses no event before the last checkpoint.
 * A new run replaces the log; a resumed one cuts it back to its checkpoint.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<Reporter, never, FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const scope = yield* Effect.scope
  let log: { readonly file: FileSystem.File; readonly sum: number } | null = null

  const begin = Effect.fnUntraced(
    function* (event: RunStarted) {
      const sum = yield* EventLog.rewind(path, event).pipe(Effect.provideService(FileSystem.FileSystem, fs))
      const file = yield* fs
        .open(path, { flag: "a" })
        .pipe(Scope.provide(scope), Effect.mapError(fileError(`could not open ${path}`)))
      return { file, sum }
    },
    Effect.mapError((error) =>
      failed(error._tag === "EventLogError" ? { reason: `${error.place}: ${error.reason}`, fix: error.fix } : error)
    )
  )

  const onEvent = Effect.fnUntraced(function* (event: TrainEvent) {
    if (event._tag === "RunStarted") log = yield* begin(event)
    if (log === null) {
      return yield* failed({ reason: `${event._tag} came before RunStarted`, fix: "report a run from its beginning" })
    }
    const { file } = log
    const { line, sum } = EventLog.append(log.sum, event)
    const flush = event._tag === "CheckpointSaved" || event._tag === "RunStopped" || event._tag === "RunFinished"
    yield* file.writeAll(new TextEncoder().encode(line)).pipe(
      Effect.andThen(flush ? file.sync : Effect.void),
      Effect.mapError((error) => failed(fileError(`could not write ${path}`)(error)))
    )
    log = { file, sum }
  })
  return { name: "jsonl", onEvent }
})
