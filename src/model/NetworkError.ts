import { Schema } from "effect"

/** There is no network of that name; `nearest` is the known name most like it, `known` are all of them. */
export class NetworkError extends Schema.TaggedError<NetworkError>()("NetworkError", {
  name: Schema.String,
  nearest: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `there is no network "${this.name}"\n  fix: did you mean ${this.nearest}? Known are ${this.known.join(", ")}`
  }
}
