import { Effect, FileSystem, Option, Schema } from "effect"
import { FetchHttpClient } from "effect/http"
import type { Preprocessing } from "../data/Preprocessing.js"
import type { Kinds } from "../model/Kinds.js"
import * as Networks from "../model/Networks.js"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as RunConfig from "../services/config/RunConfig.js"
import type * as Catalogue from "../services/datasets/Catalogue.js"
import { DatasetName } from "../services/datasets/DatasetName.js"
import * as RunDirectory from "../services/directory/RunDirectory.js"
import * as RunInfo from "../services/directory/RunInfo.js"
import * as TrainedNetwork from "../services/directory/TrainedNetwork.js"
import * as WeightFiles from "../services/files/WeightFiles.js"
import * as Pretrained from "../services/pretrained/Pretrained.js"
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

interface Published {
  readonly _tag: "Published"
  readonly spec: Networks.NetworkSpec
  /** The name of the weights. */
  readonly name: string
}

/** A trained network as the flags name it. */
export type Chosen = Run | File | Published

/** Where the images of a trained network come from. */
export interface Source {
  readonly dataset: Catalogue.DatasetName
  readonly data: RunConfig.Settings["data"]
}

const chosen = (what: Chosen): Chosen => what

/** What the flags name: the directory of a run, a network and a file of its weights, or published weights. */
export const choose = Effect.fnUntraced(function* ({ kinds, network, run, weights }: Flags, purpose: string) {
  if (Option.isSome(run) && Option.isNone(network) && Option.isNone(weights)) {
    const custom = Option.isNone(kinds) ? undefined : yield* KindsModule.load(kinds.value)
    return chosen({ _tag: "Run", directory: run.value, kinds: custom })
  }
  if (Option.isNone(run) && Option.isSome(weights)) {
    if (Option.isSome(kinds)) {
      return yield* misuse("--kinds goes with --run: the networks of --network have no custom layers")
    }
    const asked = Pretrained.asked(
      weights.value,
      Option.getOrElse(Option.map(network, nameOf), () => "")
    )
    if (asked !== undefined && asked !== "") return yield* published(network, asked)
    if (asked === undefined && Option.isSome(network)) {
      return chosen({ _tag: "File", spec: network.value, file: weights.value })
    }
  }
  return yield* misuse(
    `say what to ${purpose}: --run DIR, or --network NAME and --weights FILE or pretrained, or --weights pretrained:NAME`
  )
})

/** The name of a network for the usual images of published weights. */
const nameOf = (spec: Networks.NetworkSpec): string =>
  Networks.build(spec, { input: { height: 224, width: 224, channels: 3 }, classes: 1000 }).name

const published = Effect.fnUntraced(function* (network: Option.Option<Networks.NetworkSpec>, asked: string) {
  const { name, network: known, spec } = yield* Pretrained.find(asked)
  if (Option.exists(network, (given) => nameOf(given).replace(/-imagenet$/, "") !== known)) {
    return yield* misuse(`--weights: ${name} are the weights of ${known}; leave --network out, or name that one`)
  }
  return chosen({ _tag: "Published", spec, name })
})

/**
 * The dataset of a run, and where it is; none for a run of a program on a dataset of its own. A folder of images is where the run had it, unless the settings name
 * another directory now.
 */
export const sourceOf = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const { config, run } = yield* RunDirectory.open(directory)
  const now = (yield* RunConfig.load()).settings.data
  if (!(yield* Effect.orElseSucceed(fs.exists(config), () => true))) {
    const { preprocessing } = yield* RunInfo.read(run)
    return Option.map(decodeName(preprocessing.dataset), (dataset): Source => ({ dataset, data: now }))
  }
  const then = yield* RunConfig.read(config)
  const { dataset } = then
  return Option.some<Source>({
    dataset,
    data: ["folder", "shards", "csv"].includes(dataset)
      ? { ...then.data, dir: now.dir ?? then.data.dir, csv: now.csv ?? then.data.csv }
      : now
  })
})

const decodeName = Schema.decodeUnknownOption(DatasetName)

/** A network with the weights of a file, for the images of a dataset. */
export const ofFile = Effect.fnUntraced(function* ({ file, spec }: File, { data, dataset }: Source) {
  const { classNames, shape } = yield* DatasetSettings.facts(dataset, data)
  const network = Networks.build(spec, { input: shape, classes: classNames.length })
  return { network, weights: yield* WeightFiles.read(network, file) }
})

export const ofRun = ({ directory, kinds }: Run) =>
  TrainedNetwork.ofRun(directory, kinds === undefined ? {} : { kinds })

/** A network with its published weights, as its authors prepared the images. */
export const ofPublished = ({ name }: Published) =>
  Effect.map(Effect.provide(Pretrained.load(name), FetchHttpClient.layer), ({ network, preprocessing, weights }) => ({
    network,
    preprocessing,
    weights
  }))

interface Options {
  readonly dataset: Option.Option<Catalogue.DatasetName>
  readonly normalize: Option.Option<Normalization.Normalization>
}

/** The chosen network with its preprocessing, which a run knows, and for a file follows from a dataset; the data of a run may be gone. */
export const withPreprocessing = Effect.fnUntraced(function* (what: Chosen, { dataset, normalize }: Options) {
  const { preprocessing, ...trained } = yield* what._tag === "Run"
    ? ofRun(what)
    : what._tag === "Published"
      ? ofPublished(what)
      : ofFileWithPreprocessing(what, dataset, normalize)
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
