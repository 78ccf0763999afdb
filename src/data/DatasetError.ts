import { Schema } from "effect"

/**
 * Data that could not be found, read or used: `reason` says what was expected and what came, `fix` what to change, `cause` what another library threw.
 *
 * `op` is what failed: a bad option, an unknown name, bytes that are not what they should be, reading or writing files, the network.
 *
 * @category errors
 */
export class DatasetError extends Schema.TaggedError<DatasetError>()("DatasetError", {
  op: Schema.Literals(["option", "name", "decode", "verify", "read", "write", "fetch"]),
  reason: Schema.String,
  fix: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `${this.reason}\n  fix: ${this.fix}`
  }

  /** The same with a reason that says more: which file, which folder. */
  withReason(reason: string): DatasetError {
    return new DatasetError({ ...this, reason, ...(this.cause === undefined ? {} : { cause: this.cause }) })
  }
}
