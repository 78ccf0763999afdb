import { Effect } from "effect"
import type { Dataset } from "../data/Dataset.js"
import * as Network from "../model/Network.js"
import type { HostTensor, Weights } from "../model/Tensors.js"
import { Backend } from "../services/Backend.js"
import * as Catalogue from "../services/datasets/Catalogue.js"
import { examine } from "../services/Examination.js"
import * as RunConfig from "../services/RunConfig.js"
import * as TensorScope from "../services/TensorScope.js"
import { upload } from "../services/trainer/Weights.js"
import * as Evaluation from "../train/Evaluation.js"
import * as Datasets from "./Datasets.js"
import * as Layers from "./Layers.js"
import type { EvaluateResult } from "./Results.js"
import type { Trained } from "./Trained.js"

const facts = (dataset: Catalogue.DatasetName) => {
  const { classNames, shape } = Catalogue.entries.find(({ name }) => name === dataset)!
  return { shape, classes: classNames.length }
}

/** Evaluates a trained network on the test images of a dataset. */
export const evaluate = Effect.fnUntraced(function* ({ network, weights }: Trained, name: Catalogue.DatasetName) {
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
