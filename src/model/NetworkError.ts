import { Schema } from "effect"

/**
 * There is no network of that name; `nearest` is the most similar of the `known` names.
 *
 * @category errors
 */
export class NetworkError extends Schema.TaggedError<NetworkError>()("NetworkError", {
  name: Schema.String,
  nearest: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `there is no network "${this.name}"\n  fix: did you mean ${this.nearest}? Known are ${this.known.join(", ")}`
  }
}
