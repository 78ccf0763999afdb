import * as CliError from "effect/cli/CliError"
import * as Effect from "effect/Effect"

/** Wrong usage that only the whole command line shows. */
export const misuse = (message: string): Effect.Effect<never, CliError.CliError> =>
  Effect.fail(new CliError.ValidationError({ message }))
