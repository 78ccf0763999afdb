import { Effect, FileSystem, Scope } from "effect"
import type { RunStarted, TrainEvent } from "../../train/TrainEvent.js"
import { fileError } from "../files/Files.js"
import * as EventLog from "../run/EventLog.js"
import { type Reporter, ReporterError } from "../run/Reporters.js"

const failed = (error: { readonly reason: string; readonly fix: string }) =>
  new ReporterError({ reporter: "jsonl", reason: error.reason, fix: error.fix })

/**
 * Writes each event to the log at `path`, one line of JSON each.
 *
 * Every line is handed to the system before the next event, so a killed process loses at most the line it was writing; at checkpoints and
 * ends the log is also flushed to the disk, so that a power cut loses no event before the last checkpoint.
 * A run that starts at step 0 begins the log anew; one resumed at step s goes on after the events of its first s steps.
 */
export const make = Effect.fnUntraced(function* (
  path: string
): Effect.fn.Return<Reporter, never, FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const scope = yield* Effect.scope
  let file: FileSystem.File | null = null

  const begin = (event: RunStarted) =>
    EventLog.rewind(path, event.step).pipe(
      Effect.provideService(FileSystem.FileSystem, fs),
      Effect.mapError((error) =>
        error._tag === "EventLogError" ? { reason: error.message, fix: "resume is not possible with this log" } : error
      ),
      Effect.andThen(
        fs.open(path, { flag: "a" }).pipe(Scope.provide(scope), Effect.mapError(fileError(`could not open ${path}`)))
      ),
      Effect.mapError(failed)
    )

  const onEvent = Effect.fnUntraced(function* (event: TrainEvent) {
    if (event._tag === "RunStarted") file = yield* begin(event)
    if (file === null) {
      return yield* failed({ reason: `${event._tag} came before RunStarted`, fix: "report a run from its beginning" })
    }
    const flush = event._tag === "CheckpointSaved" || event._tag === "RunStopped" || event._tag === "RunFinished"
    yield* file.writeAll(new TextEncoder().encode(EventLog.encode(event))).pipe(
      Effect.andThen(flush ? file.sync : Effect.void),
      Effect.mapError((error) => failed(fileError(`could not write ${path}`)(error)))
    )
  })
  return { onEvent }
})
