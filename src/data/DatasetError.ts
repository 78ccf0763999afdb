import { Schema } from "effect"

/**
 * Data could not be had, read or used: `reason` says what was expected and what came, `fix` what to change.
 *
 * `op` is what failed: a bad option, an unknown name, bytes that are not what they should be, reading or writing files, the network.
 */
export class DatasetError extends Schema.TaggedError<DatasetError>()("DatasetError", {
  op: Schema.Literals(["option", "name", "decode", "verify", "read", "write", "fetch"]),
  reason: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `${this.reason}\n  fix: ${this.fix}`
  }
}
