import { Schema } from "effect"
import { closest } from "fastest-levenshtein"

/**
 * The network has nothing at that path; `nearest` is the most similar of the `known` ones.
 *
 * @category errors
 */
export class PathError extends Schema.TaggedError<PathError>()("PathError", {
  network: Schema.String,
  path: Schema.String,
  nearest: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `${this.network} has no part "${this.path}"\n  fix: did you mean ${this.nearest}?`
  }
}

/**
 * The error for an unknown path.
 *
 * @category models
 */
export const unknownPath = (network: string, path: string, known: ReadonlyArray<string>): PathError =>
  new PathError({ network, path, nearest: closest(path, known), known })
