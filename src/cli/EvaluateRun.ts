import { Effect } from "effect"
import type { ChannelStatistics } from "../data/Statistics.js"
import * as Network from "../model/Network.js"
import * as Catalogue from "../services/datasets/Catalogue.js"
import * as Examination from "../services/Examination.js"
import * as RunConfig from "../services/RunConfig.js"
import * as Datasets from "./Datasets.js"
import * as Layers from "./Layers.js"
import type { EvaluateResult } from "./Results.js"
import type { Trained } from "./Trained.js"

const facts = (dataset: Catalogue.DatasetName) => {
  const { classNames, shape } = Catalogue.entries.find(({ name }) => name === dataset)!
  return { shape, classes: classNames.length }
}

/** Evaluates a trained network on the test images of a dataset, normalised with these statistics. */
export const evaluate = Effect.fnUntraced(function* (
  { network, weights }: Trained,
  name: Catalogue.DatasetName,
  statistics: ChannelStatistics
) {
  const { settings } = yield* RunConfig.load()
  yield* Effect.fromResult(Network.validate(network))
  yield* Effect.fromResult(Network.checkData(network, facts(name)))
  const dataset = yield* Effect.provide(Datasets.load(name, settings.data), Layers.datasets)
  const { scores } = yield* Examination.ofWeights({ network, weights, set: dataset.test, statistics }).pipe(
    Effect.provide(Layers.backend(settings))
  )
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
