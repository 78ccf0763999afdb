import { Effect, Path } from "effect"
import { Flag } from "effect/cli"
import * as ModelExport from "../services/export/ModelExport.js"
import * as Datasets from "./Datasets.js"
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
    const trained = yield* Trained.load(flags, "export", dataset)
    const { data, network, weights } = trained
    const facts = yield* Datasets.facts(trained.dataset, data)
    yield* Normalization.check(normalize, facts)
    const statistics = normalize === "dataset" ? yield* Datasets.statistics(trained.dataset, data) : normalize
    const metadata = { classNames: facts.classNames, ...statistics }
    const written = yield* ModelExport.write({ format: to, path, network, weights, metadata })
    return { network: network.name, to, path, ...written }
  })
)
