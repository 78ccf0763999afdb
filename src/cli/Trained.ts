import { Effect, Option } from "effect"
import * as Networks from "../model/Networks.js"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as RunConfig from "../services/config/RunConfig.js"
import type * as Catalogue from "../services/datasets/Catalogue.js"
import * as RunDirectory from "../services/directory/RunDirectory.js"
import * as TrainedNetwork from "../services/directory/TrainedNetwork.js"
import * as WeightFiles from "../services/files/WeightFiles.js"
import { misuse } from "./Usage.js"

interface Chosen {
  readonly run: Option.Option<string>
  readonly network: Option.Option<Networks.NetworkSpec>
  readonly weights: Option.Option<string>
}

/** Where the images of a trained network come from. */
export interface Source {
  readonly dataset: Catalogue.DatasetName
  readonly data: RunConfig.Settings["data"]
}

/** What the flags name: the directory of a run, or a network and a file of its weights. */
export const choose = ({ network, run, weights }: Chosen, purpose: string) => {
  if (Option.isSome(run) && Option.isNone(network) && Option.isNone(weights)) {
    return Effect.succeed({ _tag: "Run" as const, directory: run.value })
  }
  if (Option.isNone(run) && Option.isSome(network) && Option.isSome(weights)) {
    return Effect.succeed({ _tag: "File" as const, spec: network.value, file: weights.value })
  }
  return misuse(`say what to ${purpose}: --run DIR, or --network NAME and --weights FILE`)
}

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
export const ofFile = Effect.fnUntraced(function* (
  spec: Networks.NetworkSpec,
  file: string,
  { data, dataset }: Source
) {
  const { classNames, shape } = yield* DatasetSettings.facts(dataset, data)
  const network = Networks.build(spec, { input: shape, classes: classNames.length })
  return { network, weights: yield* WeightFiles.read(network, file) }
})

export const ofRun = TrainedNetwork.ofRun

/** The default dataset of a network. */
export const usualDataset = ({ name }: Networks.NetworkSpec): Catalogue.DatasetName =>
  name === "mnist-cnn" ? "mnist" : "cifar10"
