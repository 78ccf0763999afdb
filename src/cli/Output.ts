import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Input } from "./Flags.js"

/** A command has printed its result, and the result is a failure: exit 1 without another message. */
export class ReportedFailure extends Schema.TaggedError<ReportedFailure>()("ReportedFailure", {}) {}

/** What the module of a command exports: its work, and its result's Schema for `--json` and text for people. */
export interface Body<Given, S extends Schema.Top, E, R> {
  readonly run: (input: Given) => Effect.Effect<S["Type"], E, R>
  readonly schema: S
  readonly text: (result: S["Type"], input: Given) => string
  /** Whether the exit status is 0; true by default. */
  readonly ok?: (result: S["Type"]) => boolean
}

const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print the result as one JSON value"),
  Flag.withDefault(false)
)

/**
 * A command that prints one result on standard output: as text, or as one JSON value with `--json`. Its module is loaded when it runs.
 *
 * All other output goes to standard error.
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
  load: () => Promise<Body<Input<Flags>, S, E, R>>
) =>
  Command.make(name, { flags, json }, ({ flags, json }) =>
    Effect.gen(function* () {
      const { ok = () => true, run, schema, text } = yield* Effect.promise(load)
      const result = yield* Effect.tapCause(run(flags), (cause) => Effect.logDebug(cause))
      const encode = Schema.encodeEffect(Schema.fromJsonString(Schema.toCodecJson(schema)))
      yield* Console.log(json ? yield* Effect.orDie(encode(result)) : text(result, flags))
      if (!ok(result)) return yield* new ReportedFailure()
    })
  ).pipe(Command.withDescription(description))
