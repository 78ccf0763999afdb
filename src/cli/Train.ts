import { DateTime, Effect, FileSystem, Option, Path, Schema } from "effect"
import * as RunConfig from "../services/config/RunConfig.js"
import * as RunDirectory from "../services/directory/RunDirectory.js"
import type * as Flags from "./Flags.js"
import { FastDevRunResult, PrintedConfig, TrainResult } from "./Results.js"
import { misuse } from "./Usage.js"

/** `train`: one run, in its own directory. */
export const run = Effect.fnUntraced(function* (flags: Flags.Input<typeof Flags.train>) {
  const { change, config, fastDevRun, limitTrain, out, preset, printConfig, reporter, resume, set, weights } = flags
  if (resume && Option.isNone(out)) return yield* misuse("--resume needs the directory of the run: --out DIR")
  if (!resume && change.length > 0) return yield* misuse("--change goes with --resume")
  if (fastDevRun && (resume || Option.isSome(out))) {
    return yield* misuse("--fast-dev-run keeps nothing: leave out --out and --resume")
  }
  const loaded = yield* RunConfig.load({
    preset: Option.getOrUndefined(preset),
    file: Option.getOrUndefined(config) ?? (resume ? yield* earlierConfig(Option.getOrThrow(out)) : undefined),
    set,
    weights: Option.getOrUndefined(weights),
    limitTrain: Option.getOrUndefined(limitTrain),
    reporters: reporter.length > 0 ? reporter : undefined
  })
  if (printConfig) return RunConfig.provenance(loaded)
  // Loaded only now: the backends and the drawing of charts take their time.
  const { fastDev, run } = yield* Effect.promise(() => import("./TrainRun.js"))
  if (fastDevRun) return yield* fastDev(loaded.settings)
  const directory = Option.isSome(out) ? out.value : yield* newDirectory(loaded.settings)
  return yield* run(loaded.settings, { directory, resume, change })
})

export const schema = Schema.Union([TrainResult, FastDevRunResult, PrintedConfig])

export const text = (result: typeof schema.Type): string => {
  if ("runDirectory" in result) return describe(result)
  return "steps" in result
    ? `the run works: ${result.steps} steps, evaluation, checkpoints, report and weights, in ${result.seconds.toFixed(1)} s; nothing was kept`
    : RunConfig.table(result)
}

const describe = (result: TrainResult): string =>
  `test ${result.test.accuracy === null ? "" : `accuracy ${(100 * result.test.accuracy).toFixed(2)} %, `}loss ${result.test.loss.toFixed(4)}, after ${result.epochs} ${result.epochs === 1 ? "epoch" : "epochs"} in ${Math.round(result.seconds)} s of training (${Math.round(result.imagesPerSecond)} images/s)
${result.runDirectory}/report.html`

/** The settings that a run was started with; none if it was killed before it wrote them. */
const earlierConfig = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const { config } = yield* RunDirectory.resumable(directory)
  return (yield* Effect.orElseSucceed(fs.exists(config), () => false)) ? config : undefined
})

const newDirectory = Effect.fnUntraced(function* ({ network, preset }: RunConfig.Settings) {
  const now = DateTime.formatIso(yield* DateTime.now)
  const time = now.slice(0, 19).replaceAll(":", "").replace("T", "-")
  return (yield* Path.Path).join("runs", `${time}-${preset ?? network.name}`)
})
