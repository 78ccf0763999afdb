import { Schema } from "effect"

/** The network has no part at that path; `nearest` is the path most like it, `known` are all of them. */
export class PathError extends Schema.TaggedError<PathError>()("PathError", {
  network: Schema.String,
  path: Schema.String,
  nearest: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `${this.network} has no part "${this.path}"\n  fix: did you mean ${this.nearest}? Its parts are ${this.known.join(", ")}`
  }
}
