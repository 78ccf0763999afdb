import { Console, Effect, Schema } from "effect"
import { Command, Flag } from "effect/cli"

/** A command has printed its result, and the result is bad news: exit 1 without a word more. */
export class ReportedFailure extends Schema.TaggedError<ReportedFailure>()("ReportedFailure", {}) {}

/** What a command gives: its Schema for `--json`, and its text for people. */
export interface Output<S extends Schema.Top> {
  readonly schema: S
  readonly text: (result: S["Type"]) => string
  /** Whether the exit status is 0; yes by default. */
  readonly ok?: (result: S["Type"]) => boolean
}

const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print the result as one JSON value"),
  Flag.withDefault(false)
)

/**
 * A command that prints one result on standard output: as text, or as one JSON value with `--json`.
 *
 * Everything else that is said while it works goes to standard error.
 */
export const command = <
  const Name extends string,
  const Flags extends Command.Command.Config,
  S extends Schema.Encoder<unknown>,
  E,
  R
>(
  name: Name,
  description: string,
  flags: Flags,
  output: Output<S>,
  run: (input: Command.Command.Config.InferValue<Flags>) => Effect.Effect<S["Type"], E, R>
) =>
  Command.make(name, { flags, json }, ({ flags, json }) =>
    run(flags).pipe(
      Effect.tapCause((cause) => Effect.logDebug(cause)),
      Effect.tap((result) =>
        json
          ? Effect.orDie(Schema.encodeEffect(Schema.fromJsonString(Schema.toCodecJson(output.schema)))(result)).pipe(
              Effect.flatMap(Console.log)
            )
          : Console.log(output.text(result))
      ),
      Effect.filterOrFail(
        (result) => output.ok?.(result) ?? true,
        () => new ReportedFailure()
      )
    )
  ).pipe(Command.withDescription(description))
