import { DateTime, Effect, FileSystem, Option, Path, Schema } from "effect"
import * as RunConfig from "../services/config/RunConfig.js"
import * as RunDirectory from "../services/directory/RunDirectory.js"
import * as Seeds from "../services/directory/Seeds.js"
import * as SeedsTable from "../services/report/SeedsTable.js"
import type * as Flags from "./Flags.js"
import { FastDevRunResult, FindRateResult, OverfitBatchResult, PrintedConfig, TrainResult } from "./Results.js"
import * as ScoresText from "./ScoresText.js"
import { misuse } from "./Usage.js"

/** `train`: one run, in its own directory. */
export const run = Effect.fnUntraced(function* (flags: Flags.Input<typeof Flags.train>) {
  const {
    change,
    config,
    fastDevRun,
    findRate,
    limitTrain,
    out,
    overfitBatch,
    preset,
    printConfig,
    reporter,
    resume,
    seeds,
    set,
    weights
  } = flags
  if (resume && Option.isNone(out)) return yield* misuse("--resume needs the directory of the run: --out DIR")
  if (!resume && change.length > 0) return yield* misuse("--change goes with --resume")
  if ((fastDevRun || overfitBatch) && (resume || Option.isSome(out))) {
    return yield* misuse(
      `${fastDevRun ? "--fast-dev-run" : "--overfit-batch"} keeps nothing: leave out --out and --resume`
    )
  }
  if ((fastDevRun || overfitBatch) && Option.isSome(seeds)) {
    return yield* misuse("--seeds goes with whole runs, without --fast-dev-run and --overfit-batch")
  }
  if (findRate && (fastDevRun || overfitBatch || resume || Option.isSome(seeds))) {
    return yield* misuse("--find-rate trains no run: leave out --fast-dev-run, --overfit-batch, --resume and --seeds")
  }
  const earlier = Option.isSome(seeds) ? earlierSeedConfig : earlierConfig
  const loaded = yield* RunConfig.load({
    preset: Option.getOrUndefined(preset),
    file: Option.getOrUndefined(config) ?? (resume ? yield* earlier(Option.getOrThrow(out)) : undefined),
    set,
    weights: Option.getOrUndefined(weights),
    limitTrain: Option.getOrUndefined(limitTrain),
    reporters: reporter.length > 0 ? reporter : undefined
  })
  if (printConfig) return RunConfig.provenance(loaded)
  // Loaded only now: the backends and the drawing of charts take their time.
  const { fastDev, findRate: find, overfit, run, withSeeds } = yield* Effect.promise(() => import("./TrainRun.js"))
  if (overfitBatch) return yield* overfit(loaded.settings)
  if (fastDevRun) return yield* fastDev(loaded.settings)
  const directory = Option.isSome(out) ? out.value : yield* newDirectory(loaded.settings)
  if (findRate) return yield* find(loaded.settings, directory)
  if (Option.isSome(seeds)) {
    return yield* withSeeds(loaded.settings, { directory, resume, change, count: seeds.value })
  }
  return yield* run(loaded.settings, { directory, resume, change })
})

export const schema = Schema.Union([
  Seeds.Seeds,
  TrainResult,
  OverfitBatchResult,
  FindRateResult,
  FastDevRunResult,
  PrintedConfig
])

export const text = (result: typeof schema.Type): string => {
  if ("runDirectory" in result) return describe(result)
  if ("spreads" in result) return `${SeedsTable.render(result)}${result.directory}/seeds.json`
  if ("passed" in result) return describeOverfit(result)
  if ("suggestion" in result) return describeSearch(result)
  return "steps" in result
    ? `the run works: ${result.steps} steps, evaluation, checkpoints, report and weights, in ${result.seconds.toFixed(1)} s; nothing was kept`
    : RunConfig.table(result)
}

export const ok = (result: typeof schema.Type): boolean => !("passed" in result) || result.passed

const describeSearch = ({ files, points, suggestion }: FindRateResult): string =>
  [
    suggestion === null
      ? `no suggestion: the loss diverged after ${points.length} steps`
      : `suggested learning rate ${suggestion.valley.toPrecision(2)} (valley), ${suggestion.steepest.toPrecision(2)} where the loss falls fastest; ${points.length} steps`,
    ...files
  ].join("\n")

const describeOverfit = ({ firstLoss, images, lastLoss, passed, steps, target }: OverfitBatchResult): string => {
  const losses = `loss ${firstLoss.toFixed(4)} before the first step, ${lastLoss.toFixed(4)} in step ${steps}`
  return passed
    ? `the network learns a batch of ${images} images by heart: ${losses}`
    : `the network does not learn a batch of ${images} images by heart: ${losses}, and at most ${target.toFixed(4)} was expected with every image right
  fix: try a higher learning rate, or a lower one where the loss is not a number; then look at the loss, the labels and the frozen parts`
}

const describe = (result: TrainResult): string =>
  `test ${ScoresText.render(result.test)}${result.withViews === undefined ? "" : `; with the views ${result.withViews.views}: ${ScoresText.render(result.withViews.test)}`}, after ${result.epochs} ${result.epochs === 1 ? "epoch" : "epochs"} in ${Math.round(result.seconds)} s of training (${Math.round(result.imagesPerSecond)} images/s)
${result.runDirectory}/report.html`

/** The settings that a run was started with; none if it was killed before it wrote them. */
const earlierConfig = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const { config } = yield* RunDirectory.resumable(directory)
  return (yield* Effect.orElseSucceed(fs.exists(config), () => false)) ? config : undefined
})

/** The settings of the first of several seeds. */
const earlierSeedConfig = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const names = yield* Effect.orElseSucceed(fs.readDirectory(directory), () => [])
  const seeds = names.flatMap((name) => /^seed-(\d+)$/.exec(name)?.[1] ?? []).map(Number)
  if (seeds.length === 0) return yield* earlierConfig(Seeds.directoryOf(directory, 0))
  return yield* earlierConfig(Seeds.directoryOf(directory, Math.min(...seeds)))
})

const newDirectory = Effect.fnUntraced(function* ({ network, preset }: RunConfig.Settings) {
  const now = DateTime.formatIso(yield* DateTime.now)
  const time = now.slice(0, 19).replaceAll(":", "").replace("T", "-")
  return (yield* Path.Path).join("runs", `${time}-${preset ?? network.name}`)
})
