import { Effect, Option, Path, Schema } from "effect"
import type * as Networks from "../model/Networks.js"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as RunConfig from "../services/config/RunConfig.js"
import type { DatasetName } from "../services/datasets/Catalogue.js"
import * as ModelExport from "../services/export/ModelExport.js"
import type * as Flags from "./Flags.js"
import * as Normalization from "./Normalization.js"
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
  const { metadata, network, weights } = yield* chosen._tag === "Run"
    ? ofRun(chosen.directory, normalize)
    : ofFile(chosen, dataset, normalize)
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

/** A run directory describes its data, which may be gone. */
const ofRun = Effect.fnUntraced(function* (directory: string, normalize: Option.Option<Normalization.Normalization>) {
  const { network, preprocessing, weights } = yield* Trained.ofRun(directory)
  const { channels, classNames, height, width } = preprocessing
  const normalization = Option.getOrElse(normalize, () => preprocessing)
  yield* Normalization.check(normalization, { shape: { height, width, channels }, title: preprocessing.dataset })
  const { deviation, mean } = normalization === "dataset" ? preprocessing : normalization
  return { network, weights, metadata: { classNames, mean, deviation } }
})

const ofFile = Effect.fnUntraced(function* (
  { file, spec }: { readonly file: string; readonly spec: Networks.NetworkSpec },
  dataset: Option.Option<DatasetName>,
  normalize: Option.Option<Normalization.Normalization>
) {
  const { data } = (yield* RunConfig.load()).settings
  const source = { dataset: Option.getOrElse(dataset, () => Trained.usualDataset(spec)), data }
  const { network, weights } = yield* Trained.ofFile(spec, file, source)
  const facts = yield* DatasetSettings.facts(source.dataset, data)
  const normalization = Option.getOrElse(normalize, () => "dataset" as const)
  yield* Normalization.check(normalization, facts)
  const { deviation, mean } =
    normalization === "dataset" ? yield* DatasetSettings.statistics(source.dataset, data) : normalization
  return { network, weights, metadata: { classNames: facts.classNames, mean, deviation } }
})
