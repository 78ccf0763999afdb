import { Effect, Option, Schema } from "effect"
import * as Compare from "../services/directory/Compare.js"
import * as Comparison from "../services/report/Comparison.js"
import type * as Flags from "./Flags.js"

/** `compare`: runs side by side. */
export const run = Effect.fnUntraced(function* ({ out, runs }: Flags.Input<typeof Flags.compare>) {
  const compared = yield* Compare.compare(runs)
  const files = Option.isSome(out) ? yield* Compare.write(out.value, compared) : []
  const { scores, settings } = compared
  return { scores, settings, files }
})

const Table = Schema.Struct({ headings: Schema.Array(Schema.String), rows: Schema.Array(Schema.Array(Schema.String)) })

export const schema = Schema.Struct({
  scores: Table,
  settings: Table,
  files: Schema.Array(Schema.String)
})

export const text = ({ files, scores, settings }: typeof schema.Type): string =>
  [Comparison.text(scores, settings).trimEnd(), ...files].join("\n")
