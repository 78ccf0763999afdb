import * as Schema from "effect/Schema"

/**
 * One problem of a configuration: which key, where it was set, and what is wrong.
 *
 * @category errors
 */
export const ConfigProblem = Schema.Struct({ key: Schema.String, origin: Schema.String, problem: Schema.String })
export type ConfigProblem = typeof ConfigProblem.Type

/**
 * The configuration of a run cannot be used; the message lists everything that is wrong with it.
 *
 * @category errors
 */
export class RunConfigError extends Schema.TaggedError<RunConfigError>()("RunConfigError", {
  problems: Schema.Array(ConfigProblem)
}) {
  override get message(): string {
    return this.problems
      .map(({ key, origin, problem }) => (key === "" ? `${origin}: ${problem}` : `${key} (${origin}): ${problem}`))
      .join("\n")
  }
}
