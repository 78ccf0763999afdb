import { DateTime, Effect } from "effect"
import * as Safetensors from "../model/weights/Safetensors.js"
import * as Weights from "../model/weights/Weights.js"
import { Backend } from "../services/backend/Backend.js"
import * as RunConfig from "../services/config/RunConfig.js"
import * as RunDirectory from "../services/directory/RunDirectory.js"
import * as RunInfo from "../services/directory/RunInfo.js"
import { writeAtomic } from "../services/files/Files.js"
import { Trainer } from "../services/run/Trainer.js"
import * as Plan from "../train/Plan.js"
import * as Recipes from "../train/Recipes.js"
import * as Datasets from "./Datasets.js"
import * as FineTune from "./FineTune.js"
import * as Layers from "./Layers.js"
import type { TrainResult } from "./Results.js"

interface Options {
  readonly directory: string
  readonly resume: boolean
}

/** Trains as the settings say. Nothing is written before the data is there, the plan makes sense and the backend runs. */
export const run = Effect.fnUntraced(function* (settings: RunConfig.Settings, options: Options) {
  const dataset = yield* Datasets.load(settings.dataset, settings.data)
  const plan = yield* FineTune.apply(settings.fineTune, Recipes.plan(settings, dataset))
  yield* Effect.fromResult(Plan.check(plan))
  return yield* fitPlan(plan, settings, options).pipe(Effect.provide(Layers.backend(settings)))
})

const fitPlan = Effect.fnUntraced(function* (plan: Plan.Plan, settings: RunConfig.Settings, options: Options) {
  const { report } = yield* Backend
  const run = yield* RunDirectory.create(options.directory, options)
  const info = yield* RunInfo.collect({
    startedAt: DateTime.formatIso(yield* DateTime.now),
    seed: settings.seed,
    tensorflow: report.tensorflow
  })
  yield* RunConfig.write(run.config, settings)
  yield* RunInfo.write(run.run, info)
  const { finished, weights } = yield* Effect.flatMap(Trainer, (trainer) => trainer.fit(plan, options)).pipe(
    Effect.provide(Layers.trainer(run)),
    Effect.onInterrupt(() => Effect.logInfo(`interrupted; go on with: train --resume --out ${options.directory}`))
  )
  const tensors = yield* Effect.fromResult(Weights.toTorch(plan.network, weights))
  yield* writeAtomic(run.weights, Safetensors.encode({ tensors, metadata: { network: plan.network.name } }))
  yield* RunInfo.write(run.run, { ...info, weightDigest: finished.weightDigest })
  const { epochs, imagesPerSecond, seconds, test, weightDigest } = finished
  return { runDirectory: run.path, epochs, test, seconds, imagesPerSecond, weightDigest } satisfies TrainResult
})
