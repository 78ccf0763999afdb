import { Schema } from "effect"

/**
 * Published weights that could not be found or fetched: `reason` says what was expected and what came, `fix` what to change.
 *
 * @category errors
 */
export class PretrainedError extends Schema.TaggedError<PretrainedError>()("PretrainedError", {
  op: Schema.Literals(["name", "verify", "fetch"]),
  reason: Schema.String,
  fix: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `${this.reason}\n  fix: ${this.fix}`
  }
}
