import { Effect, Stdio, Stream } from "effect"
import { ReporterError } from "../run/Reporters.js"

/** Standard error, for progress; standard output is for results. */
export interface ErrorOutput {
  readonly isTerminal: boolean
  readonly write: (text: string) => Effect.Effect<void, ReporterError>
}

/** Standard error for the reporter of this name. */
export const make = Effect.fnUntraced(function* (reporter: string): Effect.fn.Return<ErrorOutput, never, Stdio.Stdio> {
  const stdio = yield* Stdio.Stdio
  return {
    isTerminal: yield* stdio.stderrIsTerminal,
    write: (text) =>
      Stream.run(Stream.succeed(text), stdio.stderr()).pipe(
        Effect.mapError(
          (error) =>
            new ReporterError({
              reporter,
              reason: `could not write to standard error: ${error.message}`,
              fix: "check where standard error goes, or train without this reporter"
            })
        )
      )
  }
})
