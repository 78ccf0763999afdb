import { Effect, Option, Schema } from "effect"
import * as Compare from "../services/directory/Compare.js"
import type * as Flags from "./Flags.js"

/** `compare`: runs side by side. */
export const run = Effect.fnUntraced(function* ({ out, runs }: Flags.Input<typeof Flags.compare>) {
  const compared = yield* Compare.compare(runs)
  const files = Option.isSome(out) ? yield* Compare.write(out.value, compared) : []
  const { scores, settings, text } = compared
  return { scores, settings, files, text }
})

const Table = Schema.Struct({ headings: Schema.Array(Schema.String), rows: Schema.Array(Schema.Array(Schema.String)) })

export const schema = Schema.Struct({
  scores: Table,
  settings: Table,
  files: Schema.Array(Schema.String),
  text: Schema.String
})

export const text = ({ files, text }: typeof schema.Type): string => [text.trimEnd(), ...files].join("\n")
