import { Schema } from "effect"

/** No tensor backend could be had, or it refused an operation: `reason` says what went wrong, `fix` what to do about it. */
export class BackendError extends Schema.TaggedError<BackendError>()("BackendError", {
  reason: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `${this.reason}\n  fix: ${this.fix}`
  }
}
