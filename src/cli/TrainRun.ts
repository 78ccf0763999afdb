import { Duration, Effect, FileSystem, Path, type Scope, type Stdio } from "effect"
import type { Dataset } from "../data/Dataset.js"
import * as BackendSettings from "../services/config/BackendSettings.js"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as FineTune from "../services/config/FineTune.js"
import * as RunConfig from "../services/config/RunConfig.js"
import * as Seeds from "../services/directory/Seeds.js"
import * as Training from "../services/directory/Training.js"
import * as Files from "../services/files/Files.js"
import * as Loader from "../services/loader/Loader.js"
import * as Png from "../services/report/Png.js"
import * as RateCurve from "../services/report/RateCurve.js"
import * as Csv from "../services/reporters/Csv.js"
import * as EpochTable from "../services/reporters/EpochTable.js"
import * as Progress from "../services/reporters/ProgressBar.js"
import * as TensorBoard from "../services/reporters/TensorBoard.js"
import * as FindRate from "../services/run/FindRate.js"
import * as OverfitBatch from "../services/run/OverfitBatch.js"
import type { Maker } from "../services/run/Reporters.js"
import type { TrainOptions } from "../services/run/Trainer.js"
import * as Plan from "../train/Plan.js"
import * as RateFinder from "../train/RateFinder.js"
import * as Recipe from "../train/recipe/index.js"
import * as Trial from "../train/Trial.js"
import type { FastDevRunResult, FindRateResult, TrainResult } from "./Results.js"

interface Options extends TrainOptions {
  readonly directory: string
}

const planOn = (settings: RunConfig.Settings, dataset: Dataset) =>
  Effect.flatMap(Recipe.load(settings, dataset), (plan) => FineTune.apply(settings.fineTune, plan))

/** The plan of the settings, with its data. */
const planOf = Effect.fnUntraced(function* (settings: RunConfig.Settings) {
  return yield* planOn(settings, yield* DatasetSettings.load(settings.dataset, settings.data))
})

/** The reporters of a run at the terminal, and those that the settings name, which write into its directory. */
const reportersOf = (
  { reporters }: RunConfig.Settings,
  directory: string
): ReadonlyArray<Maker<never, FileSystem.FileSystem | Stdio.Stdio | Scope.Scope>> => [
  Progress.make(),
  EpochTable.make,
  ...(reporters.includes("csv") ? [Csv.make({ directory, steps: true })] : []),
  ...(reporters.includes("tensorboard") ? [TensorBoard.make(`${directory}/tensorboard`)] : [])
]

/** Trains as the settings say, with this dataset. */
const trainOn = Effect.fnUntraced(function* (settings: RunConfig.Settings, dataset: Dataset, options: Options) {
  const plan = yield* planOn(settings, dataset)
  const { steps, train } = yield* Effect.fromResult(Plan.check(plan))
  yield* Effect.logInfo(
    `training ${plan.network.name} on ${train.count.toLocaleString("en-US")} images of ${plan.dataset.name}, ${steps.total.toLocaleString("en-US")} steps in ${plan.epochs} ${plan.epochs === 1 ? "epoch" : "epochs"}, into ${options.directory}`
  )
  return yield* Training.train(plan, {
    ...options,
    config: RunConfig.text(settings),
    reporters: reportersOf(settings, options.directory)
  }).pipe(Effect.provideService(Loader.Workers, settings.loader.workers))
})

/** Trains as the settings say. Nothing is written before the data is there, the plan makes sense and the backend runs. */
export const run = Effect.fnUntraced(function* (settings: RunConfig.Settings, options: Options) {
  const dataset = yield* DatasetSettings.load(settings.dataset, settings.data)
  const { finished, run } = yield* trainOn(settings, dataset, options).pipe(
    Effect.provide(BackendSettings.layer(settings)),
    Effect.onInterrupt(() => Effect.logInfo(`interrupted; resume with: train --resume --out ${options.directory}`))
  )
  const { _tag: _, step: __, stopped: ___, ...result } = finished
  return { runDirectory: run.path, ...result } satisfies TrainResult
})

/** Trains `count` times, with the seed of the settings and those after it. */
export const withSeeds = Effect.fnUntraced(function* (
  settings: RunConfig.Settings,
  { change = [], count, directory, resume = false }: Options & { readonly count: number }
) {
  const dataset = yield* DatasetSettings.load(settings.dataset, settings.data)
  return yield* Seeds.train({
    directory,
    resume,
    seeds: Array.from({ length: count }, (_, i) => settings.seed + i),
    train: (seed, at) => trainOn({ ...settings, seed }, dataset, { ...at, change })
  }).pipe(
    Effect.provide(BackendSettings.layer(settings)),
    Effect.onInterrupt(() =>
      Effect.logInfo(`interrupted; resume with: train --resume --seeds ${count} --out ${directory}`)
    )
  )
})

/** Tries every part of the run on a few batches, in a directory that is removed. */
export const fastDev = Effect.fnUntraced(function* (settings: RunConfig.Settings) {
  const plan = Trial.fastDevRun(yield* planOf(settings))
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped({ prefix: "effect-tensorflow-" })
  const [duration, { finished }] = yield* Training.train(plan, {
    directory,
    config: RunConfig.text(settings),
    reporters: reportersOf(settings, directory)
  }).pipe(Effect.provide(BackendSettings.layer(settings)), Effect.timed)
  return { steps: finished.step, seconds: Duration.toSeconds(duration) } satisfies FastDevRunResult
}, Effect.scoped)

/** Trains on one batch alone. */
export const overfit = Effect.fnUntraced(function* (settings: RunConfig.Settings) {
  return yield* OverfitBatch.overfit(yield* planOf(settings)).pipe(Effect.provide(BackendSettings.layer(settings)))
})

/** Searches a learning rate, and draws the curve into a directory. */
export const findRate = Effect.fnUntraced(function* (settings: RunConfig.Settings, directory: string) {
  const plan = yield* planOf(settings)
  const search = yield* FindRate.find(plan).pipe(
    Effect.provideService(Loader.Workers, settings.loader.workers),
    Effect.provide(BackendSettings.layer(settings))
  )
  const path = yield* Path.Path
  const svg = RateCurve.render(search)
  const files = [path.resolve(directory, "rate.svg"), path.resolve(directory, "rate.png")] as const
  yield* Files.makeDirectories(path.resolve(directory)).pipe(
    Effect.mapError(Files.fileError(`could not make the directory ${directory}`))
  )
  yield* Files.writeAtomic(files[0], svg)
  yield* Files.writeAtomic(files[1], yield* Png.fromSvg(svg))
  return { suggestion: RateFinder.suggest(search), points: search.points, files } satisfies FindRateResult
})
