import { Effect, Path, Schema } from "effect"
import * as ModelExport from "../services/export/ModelExport.js"
import type * as Flags from "./Flags.js"
import * as Trained from "./Trained.js"

/** `export`: a trained network in a form that other programs take. */
export const run = Effect.fnUntraced(function* ({
  dataset,
  normalize,
  out,
  to,
  ...flags
}: Flags.Input<typeof Flags.exported>) {
  const path = (yield* Path.Path).resolve(out)
  const chosen = yield* Trained.choose(flags, "export")
  const { network, preprocessing, weights } = yield* Trained.withPreprocessing(chosen, { dataset, normalize })
  const { classNames, deviation, mean } = preprocessing
  const metadata = { classNames, mean, deviation }
  const written = yield* ModelExport.write({ format: to, path, network, weights, metadata })
  return { network: network.name, to, path, ...written }
})

/** The files written; `files` are the names below `path`, none where it is a file itself. */
export const schema = Schema.Struct({
  network: Schema.String,
  to: ModelExport.Format,
  path: Schema.String,
  files: Schema.Array(Schema.String),
  bytes: Schema.Int
})

export const text = ({ bytes, files, network, path, to }: typeof schema.Type): string =>
  `${network} as ${to}: ${path} (${files.length === 0 ? "" : `${files.length} files, `}${(bytes / 1e6).toFixed(1)} MB)`
