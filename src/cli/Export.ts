import { Effect, Option, Path } from "effect"
import { Flag } from "effect/cli"
import type * as Networks from "../model/Networks.js"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as RunConfig from "../services/config/RunConfig.js"
import type { DatasetName } from "../services/datasets/Catalogue.js"
import * as ModelExport from "../services/export/ModelExport.js"
import * as Flags from "./Flags.js"
import * as Normalization from "./Normalization.js"
import * as Output from "./Output.js"
import { ExportResult } from "./Results.js"
import * as Trained from "./Trained.js"

const to = Flag.Literals("to", ModelExport.Format.literals).pipe(
  Flag.withDescription("What to write: a tf.layers model for browsers, weights for PyTorch, or an ONNX model")
)

const out = Flag.String("out").pipe(
  Flag.withMetavar("PATH"),
  Flag.withDescription("The file, or for layers the directory, that is written; there must be none yet")
)

/** `export`: a trained network in a form that other programs take. */
export const exported = Output.command(
  "export",
  "Write a trained network for browsers, for PyTorch or as ONNX",
  { ...Trained.flags, dataset: Flag.optional(Flags.dataset), normalize: Normalization.flag, to, out },
  {
    schema: ExportResult,
    text: ({ bytes, files, network, path, to }) =>
      `${network} as ${to}: ${path} (${files.length === 0 ? "" : `${files.length} files, `}${(bytes / 1e6).toFixed(1)} MB)`
  },
  Effect.fnUntraced(function* ({ dataset, normalize, out, to, ...flags }) {
    const path = (yield* Path.Path).resolve(out)
    const chosen = yield* Trained.choose(flags, "export")
    const { metadata, network, weights } = yield* chosen._tag === "Run"
      ? ofRun(chosen.directory, normalize)
      : ofFile(chosen, dataset, normalize)
    const written = yield* ModelExport.write({ format: to, path, network, weights, metadata })
    return { network: network.name, to, path, ...written }
  })
)

/** A run knows what its data were like, also when they are gone. */
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
