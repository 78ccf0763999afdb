import { Effect, FileSystem, Option } from "effect"
import { Flag } from "effect/cli"
import type { Network } from "../model/Network.js"
import * as Networks from "../model/Networks.js"
import type { HostTensor, Weights } from "../model/Tensors.js"
import * as WeightFile from "../model/weights/WeightFile.js"
import * as TorchWeights from "../model/weights/Weights.js"
import * as RunConfig from "../services/config/RunConfig.js"
import type * as Catalogue from "../services/datasets/Catalogue.js"
import * as RunDirectory from "../services/directory/RunDirectory.js"
import { fileError } from "../services/files/Files.js"
import { CheckpointError } from "../services/run/CheckpointFormat.js"
import { Checkpoints } from "../services/run/Checkpoints.js"
import * as Datasets from "./Datasets.js"
import * as Flags from "./Flags.js"

/** A network with its weights, and the dataset that it was made for: its name and where it is. */
export interface Trained {
  readonly network: Network
  readonly weights: Weights<HostTensor>
  readonly dataset: Catalogue.DatasetName
  readonly data: RunConfig.Settings["data"]
}

/** The flags that name a trained network: a run, or a network and a file of weights. */
export const flags = {
  run: Flag.optional(Flags.run),
  network: Flags.network,
  weights: Flag.String("weights").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Weights as safetensors or as PyTorch saves them, with PyTorch's names and layouts"),
    Flag.optional
  )
}

interface Chosen {
  readonly run: Option.Option<string>
  readonly network: Option.Option<Networks.NetworkSpec>
  readonly weights: Option.Option<string>
}

/** Loads what the flags name; `purpose` is what for, `dataset` what a network that is named by itself is made for. */
export const load = Effect.fnUntraced(function* (
  { network, run, weights }: Chosen,
  purpose: string,
  dataset: Option.Option<Catalogue.DatasetName>
) {
  if (Option.isSome(run) && Option.isNone(network) && Option.isNone(weights)) return yield* ofRun(run.value)
  if (Option.isNone(run) && Option.isSome(network) && Option.isSome(weights)) {
    return yield* ofFile(
      network.value,
      weights.value,
      Option.getOrElse(dataset, () => usualDataset(network.value))
    )
  }
  return yield* Flags.misuse(`say what to ${purpose}: --run DIR, or --network NAME and --weights FILE`)
})

/** The newest checkpoint of a run; a folder of images is where it was then, unless the settings name another directory. */
const ofRun = Effect.fnUntraced(function* (directory: string) {
  const run = yield* RunDirectory.open(directory)
  const then = yield* RunConfig.read(run.config)
  const now = (yield* RunConfig.load()).settings.data
  const newest = yield* Effect.flatMap(Checkpoints, ({ latest }) => latest).pipe(
    Effect.provide(Checkpoints.layerFileSystem(run.checkpoints))
  )
  if (Option.isNone(newest)) {
    return yield* new CheckpointError({
      reason: `${run.checkpoints} holds no checkpoint that is whole`,
      fix: "train the run until its first checkpoint, or name another run"
    })
  }
  const { params, state } = newest.value
  const { dataset } = then
  const data = dataset === "folder" ? { ...then.data, dir: now.dir ?? then.data.dir } : now
  const network = yield* build(then.network, dataset, data)
  return { network, weights: { params, state }, dataset, data } satisfies Trained
})

/** Weights that came from elsewhere. */
const ofFile = Effect.fnUntraced(function* (spec: Networks.NetworkSpec, file: string, dataset: Catalogue.DatasetName) {
  const fs = yield* FileSystem.FileSystem
  const { data } = (yield* RunConfig.load()).settings
  const network = yield* build(spec, dataset, data)
  const bytes = yield* Effect.mapError(fs.readFile(file), fileError(`could not read the weights ${file}`))
  const tensors = yield* Effect.fromResult(WeightFile.decode(bytes))
  const weights = yield* Effect.fromResult(TorchWeights.fromTorch(network, tensors))
  return { network, weights, dataset, data } satisfies Trained
})

/** The dataset that a network is for where none is named. */
export const usualDataset = ({ name }: Networks.NetworkSpec): Catalogue.DatasetName =>
  name === "mnist-cnn" ? "mnist" : "cifar10"

const build = (spec: Networks.NetworkSpec, dataset: Catalogue.DatasetName, data: Trained["data"]) =>
  Effect.map(Datasets.facts(dataset, data), ({ classNames, shape }) =>
    Networks.build(spec, { input: shape, classes: classNames.length })
  )
