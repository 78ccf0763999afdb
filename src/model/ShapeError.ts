import { Schema } from "effect"

/**
 * Two parts of a network do not fit together, at `path`: what was expected there, what came, and what to change.
 *
 * @category errors
 */
export class ShapeError extends Schema.TaggedError<ShapeError>()("ShapeError", {
  path: Schema.String,
  expected: Schema.String,
  actual: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `at ${this.path}: expected ${this.expected}, got ${this.actual}\n  fix: ${this.fix}`
  }
}
