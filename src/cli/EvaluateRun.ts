import { Effect, FileSystem, Option } from "effect"
import type { Dataset } from "../data/Dataset.js"
import * as Network from "../model/Network.js"
import * as Networks from "../model/Networks.js"
import * as Safetensors from "../model/Safetensors.js"
import type { HostTensor, Weights } from "../model/Tensors.js"
import * as TorchWeights from "../model/Weights.js"
import { Backend } from "../services/Backend.js"
import { CheckpointError } from "../services/CheckpointFormat.js"
import { Checkpoints } from "../services/Checkpoints.js"
import * as Catalogue from "../services/datasets/Catalogue.js"
import { examine } from "../services/Examination.js"
import { fileError } from "../services/Files.js"
import * as RunConfig from "../services/RunConfig.js"
import * as RunDirectory from "../services/RunDirectory.js"
import * as TensorScope from "../services/TensorScope.js"
import { upload } from "../services/trainer/Weights.js"
import * as Evaluation from "../train/Evaluation.js"
import * as Datasets from "./Datasets.js"
import * as Layers from "./Layers.js"
import type { EvaluateResult } from "./Results.js"

/** Evaluates the newest checkpoint of a run. */
export const ofRun = Effect.fnUntraced(function* (directory: string, dataset: Catalogue.DatasetName) {
  const run = yield* RunDirectory.open(directory)
  const trained = yield* RunConfig.read(run.config)
  const newest = yield* Effect.flatMap(Checkpoints, ({ latest }) => latest).pipe(
    Effect.provide(Checkpoints.layerFileSystem(run.checkpoints))
  )
  if (Option.isNone(newest)) {
    return yield* new CheckpointError({
      reason: `${run.checkpoints} holds no checkpoint that is whole`,
      fix: "train the run until its first checkpoint, or name another run"
    })
  }
  return yield* evaluate(build(trained.network, trained.dataset), newest.value, dataset)
})

/** Evaluates weights that came from elsewhere, for a network made for the dataset. */
export const ofFile = Effect.fnUntraced(function* (
  spec: Networks.NetworkSpec,
  file: string,
  dataset: Catalogue.DatasetName
) {
  const fs = yield* FileSystem.FileSystem
  const network = build(spec, dataset)
  const bytes = yield* Effect.mapError(fs.readFile(file), fileError(`could not read the weights ${file}`))
  const { tensors } = yield* Effect.fromResult(Safetensors.decode(bytes))
  return yield* evaluate(network, yield* Effect.fromResult(TorchWeights.fromTorch(network, tensors)), dataset)
})

const build = (spec: Networks.NetworkSpec, dataset: Catalogue.DatasetName): Network.Network => {
  const { classes, shape } = facts(dataset)
  return Networks.build(spec, { input: shape, classes })
}

const facts = (dataset: Catalogue.DatasetName) => {
  const { classNames, shape } = Catalogue.entries.find(({ name }) => name === dataset)!
  return { shape, classes: classNames.length }
}

const evaluate = Effect.fnUntraced(function* (
  network: Network.Network,
  weights: Weights<HostTensor>,
  name: Catalogue.DatasetName
) {
  const { settings } = yield* RunConfig.load()
  yield* Effect.fromResult(Network.validate(network))
  yield* Effect.fromResult(Network.checkData(network, facts(name)))
  const dataset = yield* Effect.provide(Datasets.load(name, settings.data), Layers.datasets)
  return yield* judge(network, weights, dataset).pipe(Effect.scoped, Effect.provide(Layers.backend(settings)))
})

const judge = Effect.fnUntraced(function* (network: Network.Network, weights: Weights<HostTensor>, dataset: Dataset) {
  const { kernels } = yield* Backend
  const { params, state } = yield* TensorScope.compute(() => ({
    params: upload(weights.params),
    state: upload(weights.state)
  }))
  const { scores } = yield* examine({
    judge: Evaluation.make(network, kernels),
    classes: network.classes,
    set: dataset.test,
    statistics: dataset.statistics,
    params,
    state
  })
  const { accuracy, correct, loss, total } = scores
  return {
    dataset: dataset.name,
    split: "test",
    total,
    correct,
    top1: accuracy,
    loss,
    tta: false
  } satisfies EvaluateResult
})
