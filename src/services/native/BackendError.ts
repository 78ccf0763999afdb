import { Schema } from "effect"

/**
 * No tensor backend can be loaded, or it refused an operation: `reason` says what went wrong, `fix` what to do about it.
 *
 * @category errors
 */
export class BackendError extends Schema.TaggedError<BackendError>()("BackendError", {
  reason: Schema.String,
  fix: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `${this.reason}\n  fix: ${this.fix}`
  }
}
