import { Effect, Option } from "effect"
import * as Network from "../model/Network.js"
import * as BackendSettings from "../services/config/BackendSettings.js"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as RunConfig from "../services/config/RunConfig.js"
import type * as Catalogue from "../services/datasets/Catalogue.js"
import * as RunDirectory from "../services/directory/RunDirectory.js"
import * as RunInfo from "../services/directory/RunInfo.js"
import * as Evaluator from "../services/run/Evaluator.js"
import * as Metrics from "../train/Metrics.js"
import type { Views } from "../train/Views.js"
import * as Normalization from "./Normalization.js"
import type { EvaluateResult } from "./Results.js"
import * as Trained from "./Trained.js"
import { misuse } from "./Usage.js"

interface Options {
  readonly dataset: Option.Option<Catalogue.DatasetName>
  readonly normalize: Option.Option<Normalization.Normalization>
  readonly views: Views
}

/** Evaluates a trained network on the test images of a dataset; the default is the dataset of the run. */
export const evaluate = Effect.fnUntraced(function* (chosen: Trained.Chosen, options: Options) {
  const { settings } = yield* RunConfig.load()
  const own = chosen._tag === "Run" ? yield* Trained.sourceOf(chosen.directory) : Option.none()
  const name = Option.orElse(options.dataset, () => Option.map(own, ({ dataset }) => dataset))
  if (Option.isNone(name)) return yield* misuse("name the dataset to evaluate on: --dataset NAME")
  const source = Option.match(own, {
    onNone: () => ({ dataset: name.value, data: settings.data }),
    onSome: (own) => (own.dataset === name.value ? own : { dataset: name.value, data: settings.data })
  })
  const facts = yield* DatasetSettings.facts(source.dataset, source.data)
  const trained = yield* chosen._tag === "File"
    ? Trained.ofFile(chosen, source)
    : chosen._tag === "Published"
      ? Trained.ofPublished(chosen)
      : Trained.ofRun(chosen)
  const { network, weights } = trained
  // The pixels are normalized as in the training of the weights.
  const normalization = Option.getOrElse(options.normalize, () =>
    "preprocessing" in trained ? trained.preprocessing : ("dataset" as const)
  )
  yield* Normalization.check(normalization, facts)
  yield* Effect.fromResult(Network.validate(network))
  yield* Effect.fromResult(Network.checkData(network, { shape: facts.shape, classes: facts.classNames.length }))
  const dataset = yield* DatasetSettings.load(source.dataset, source.data)
  const statistics = normalization === "dataset" ? dataset.statistics : normalization
  const asked = chosen._tag === "Run" ? yield* metricsOf(chosen.directory) : undefined
  const { intervals, scores } = yield* Evaluator.evaluateWeights({
    network,
    weights,
    set: dataset.test,
    statistics,
    views: options.views,
    ...(asked === undefined ? {} : { metrics: asked })
  }).pipe(Effect.provide(BackendSettings.layer(settings)))
  const { loss, metrics, total } = scores
  return {
    dataset: dataset.name,
    split: "test",
    total,
    loss,
    metrics,
    intervals,
    tta: options.views !== "none",
    views: options.views
  } satisfies EvaluateResult
})

/** The metrics of a run; custom ones are left out, as only their names are known. */
const metricsOf = Effect.fnUntraced(function* (directory: string) {
  const { run } = yield* RunDirectory.open(directory)
  const { plan } = yield* RunInfo.read(run)
  return plan.metrics.flatMap(({ name }) => Metrics.named(name) ?? [])
})
