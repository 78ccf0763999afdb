import { Effect, type FileSystem, type Path } from "effect"
import type { TrainEvent } from "../../train/TrainEvent.js"
import { type Reporter, ReporterError } from "../run/Reporters.js"
import * as RunReport from "./RunReport.js"

/**
 * A reporter that writes the curves, the report and the summary into the run directory when the run finishes or stops.
 *
 * They are made from the log, so that they show all of a resumed run. The `Jsonl` reporter of the same directory must come before this one.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function* (
  directory: string
): Effect.fn.Return<Reporter, never, FileSystem.FileSystem | Path.Path> {
  const context = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const onEvent = (event: TrainEvent) =>
    event._tag === "RunFinished" || event._tag === "RunStopped"
      ? RunReport.rebuild(directory).pipe(
          Effect.provideContext(context),
          Effect.mapError(
            (error) =>
              new ReporterError({
                reporter: "report",
                reason: error._tag === "EventLogError" ? `${error.place}: ${error.reason}` : error.reason,
                fix: error._tag === "PictureError" ? "rebuild the report with plot" : error.fix
              })
          ),
          Effect.asVoid
        )
      : Effect.void
  return { name: "report", onEvent }
})
