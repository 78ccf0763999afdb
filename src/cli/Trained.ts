import { Effect, Option } from "effect"
import type { Preprocessing } from "../data/Preprocessing.js"
import type { Kinds } from "../model/Kinds.js"
import * as Networks from "../model/Networks.js"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as RunConfig from "../services/config/RunConfig.js"
import type * as Catalogue from "../services/datasets/Catalogue.js"
import * as RunDirectory from "../services/directory/RunDirectory.js"
import * as TrainedNetwork from "../services/directory/TrainedNetwork.js"
import * as WeightFiles from "../services/files/WeightFiles.js"
import * as KindsModule from "./KindsModule.js"
import * as Normalization from "./Normalization.js"
import { misuse } from "./Usage.js"

interface Flags {
  readonly run: Option.Option<string>
  readonly network: Option.Option<Networks.NetworkSpec>
  readonly weights: Option.Option<string>
  readonly kinds: Option.Option<string>
}

interface Run {
  readonly _tag: "Run"
  readonly directory: string
  readonly kinds: Kinds | undefined
}

interface File {
  readonly _tag: "File"
  readonly spec: Networks.NetworkSpec
  readonly file: string
}

/** A trained network as the flags name it. */
export type Chosen = Run | File

/** Where the images of a trained network come from. */
export interface Source {
  readonly dataset: Catalogue.DatasetName
  readonly data: RunConfig.Settings["data"]
}

/** What the flags name: the directory of a run, or a network and a file of its weights. */
export const choose = Effect.fnUntraced(function* ({ kinds, network, run, weights }: Flags, purpose: string) {
  if (Option.isSome(run) && Option.isNone(network) && Option.isNone(weights)) {
    const custom = Option.isNone(kinds) ? undefined : yield* KindsModule.load(kinds.value)
    return { _tag: "Run", directory: run.value, kinds: custom } satisfies Chosen as Chosen
  }
  if (Option.isNone(run) && Option.isSome(network) && Option.isSome(weights)) {
    if (Option.isSome(kinds))
      return yield* misuse("--kinds goes with --run: the networks of --network have no custom layers")
    return { _tag: "File", spec: network.value, file: weights.value } satisfies Chosen as Chosen
  }
  return yield* misuse(`say what to ${purpose}: --run DIR, or --network NAME and --weights FILE`)
})

/** The dataset of a run, and where it is. A folder of images is where the run had it, unless the settings name another directory now. */
export const sourceOf = Effect.fnUntraced(function* (directory: string) {
  const { config } = yield* RunDirectory.open(directory)
  const then = yield* RunConfig.read(config)
  const now = (yield* RunConfig.load()).settings.data
  const { dataset } = then
  return {
    dataset,
    data: dataset === "folder" ? { ...then.data, dir: now.dir ?? then.data.dir } : now
  } satisfies Source
})

/** A network with the weights of a file, for the images of a dataset. */
export const ofFile = Effect.fnUntraced(function* ({ file, spec }: File, { data, dataset }: Source) {
  const { classNames, shape } = yield* DatasetSettings.facts(dataset, data)
  const network = Networks.build(spec, { input: shape, classes: classNames.length })
  return { network, weights: yield* WeightFiles.read(network, file) }
})

export const ofRun = ({ directory, kinds }: Run) =>
  TrainedNetwork.ofRun(directory, kinds === undefined ? {} : { kinds })

interface Options {
  readonly dataset: Option.Option<Catalogue.DatasetName>
  readonly normalize: Option.Option<Normalization.Normalization>
}

/** The chosen network with its preprocessing, which a run knows, and for a file follows from a dataset; the data of a run may be gone. */
export const withPreprocessing = Effect.fnUntraced(function* (chosen: Chosen, { dataset, normalize }: Options) {
  const { preprocessing, ...trained } = yield* chosen._tag === "Run"
    ? ofRun(chosen)
    : ofFileWithPreprocessing(chosen, dataset, normalize)
  const { channels, height, width } = preprocessing
  const normalization = Option.getOrElse(normalize, () => "dataset" as const)
  yield* Normalization.check(normalization, { shape: { height, width, channels }, title: preprocessing.dataset })
  return {
    ...trained,
    preprocessing: normalization === "dataset" ? preprocessing : { ...preprocessing, ...normalization }
  } satisfies TrainedNetwork.TrainedNetwork
})

const ofFileWithPreprocessing = Effect.fnUntraced(function* (
  file: File,
  dataset: Options["dataset"],
  normalize: Options["normalize"]
) {
  const { data } = (yield* RunConfig.load()).settings
  const source = { dataset: Option.getOrElse(dataset, () => usualDataset(file.spec)), data }
  const trained = yield* ofFile(file, source)
  const { classNames, shape, title } = yield* DatasetSettings.facts(source.dataset, data)
  // Where other statistics are given, those of the dataset are not asked for: it may be far away.
  const statistics =
    Option.isSome(normalize) && normalize.value !== "dataset"
      ? normalize.value
      : yield* DatasetSettings.statistics(source.dataset, data)
  const preprocessing: Preprocessing = { dataset: title, classNames, ...shape, ...statistics }
  return { ...trained, preprocessing }
})

/** The default dataset of a network. */
export const usualDataset = ({ name }: Networks.NetworkSpec): Catalogue.DatasetName =>
  name === "mnist-cnn" ? "mnist" : "cifar10"
