import { Schema } from "effect"
import { backendNames } from "./Backends.js"

/** Where a process kills itself: at the `after`-th call to files of a place (or event), before it, in the middle of what it writes, or after it. */
export const Kill = Schema.Struct({
  place: Schema.String,
  after: Schema.Int,
  when: Schema.Literals(["before", "middle", "after"])
})
export type Kill = typeof Kill.Type

/** What a child does. */
export const ChildOptions = Schema.Struct({
  directory: Schema.String,
  seed: Schema.Int,
  backend: Schema.Literals(backendNames),
  kill: Schema.NullOr(Kill)
})
export type ChildOptions = typeof ChildOptions.Type
