import { Effect } from "effect"
import * as BackendSettings from "../services/config/BackendSettings.js"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as FineTune from "../services/config/FineTune.js"
import * as RunConfig from "../services/config/RunConfig.js"
import * as Training from "../services/directory/Training.js"
import * as EpochTable from "../services/reporters/EpochTable.js"
import * as Progress from "../services/reporters/ProgressBar.js"
import type { TrainOptions } from "../services/run/Trainer.js"
import * as Plan from "../train/Plan.js"
import * as Recipe from "../train/recipe/index.js"
import type { TrainResult } from "./Results.js"

interface Options extends TrainOptions {
  readonly directory: string
}

/** Trains as the settings say. Nothing is written before the data is there, the plan makes sense and the backend runs. */
export const run = Effect.fnUntraced(function* (settings: RunConfig.Settings, options: Options) {
  const dataset = yield* DatasetSettings.load(settings.dataset, settings.data)
  const plan = yield* FineTune.apply(settings.fineTune, Recipe.plan(settings, dataset))
  const { steps, train } = yield* Effect.fromResult(Plan.check(plan))
  yield* Effect.logInfo(
    `training ${plan.network.name} on ${train.count.toLocaleString("en-US")} images of ${dataset.name}, ${steps.total.toLocaleString("en-US")} steps in ${plan.epochs} ${plan.epochs === 1 ? "epoch" : "epochs"}, into ${options.directory}`
  )
  const { finished, run } = yield* Training.train(plan, {
    ...options,
    config: RunConfig.text(settings),
    reporters: [Progress.make(), EpochTable.make]
  }).pipe(
    Effect.provide(BackendSettings.layer(settings)),
    Effect.onInterrupt(() => Effect.logInfo(`interrupted; resume with: train --resume --out ${options.directory}`))
  )
  const { epochs, imagesPerSecond, seconds, test, weightDigest } = finished
  return { runDirectory: run.path, epochs, test, seconds, imagesPerSecond, weightDigest } satisfies TrainResult
})
