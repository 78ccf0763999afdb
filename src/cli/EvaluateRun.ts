import { Effect } from "effect"
import * as Network from "../model/Network.js"
import * as RunConfig from "../services/config/RunConfig.js"
import type * as Catalogue from "../services/datasets/Catalogue.js"
import * as Evaluator from "../services/run/Evaluator.js"
import * as Datasets from "./Datasets.js"
import * as Layers from "./Layers.js"
import * as Normalization from "./Normalization.js"
import type { EvaluateResult } from "./Results.js"
import type { Trained } from "./Trained.js"

/** Evaluates a trained network on the test images of a dataset. */
export const evaluate = Effect.fnUntraced(function* (
  trained: Trained,
  name: Catalogue.DatasetName,
  normalization: Normalization.Normalization
) {
  const { settings } = yield* RunConfig.load()
  const { network, weights } = trained
  const data = name === trained.dataset ? trained.data : settings.data
  const facts = yield* Datasets.facts(name, data)
  yield* Normalization.check(normalization, facts)
  yield* Effect.fromResult(Network.validate(network))
  yield* Effect.fromResult(Network.checkData(network, { shape: facts.shape, classes: facts.classNames.length }))
  const dataset = yield* Datasets.load(name, data)
  const statistics = normalization === "dataset" ? dataset.statistics : normalization
  const { scores } = yield* Evaluator.ofWeights({ network, weights, set: dataset.test, statistics }).pipe(
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
