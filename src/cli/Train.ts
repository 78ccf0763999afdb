import { DateTime, Effect, FileSystem, Option, Path, Schema } from "effect"
import { Flag } from "effect/cli"
import * as RunConfig from "../services/config/RunConfig.js"
import * as RunDirectory from "../services/directory/RunDirectory.js"
import { Changeable } from "../train/PlanRecord.js"
import * as Flags from "./Flags.js"
import * as Output from "./Output.js"
import { PrintedConfig, TrainResult } from "./Results.js"

const flags = {
  preset: Flags.preset,
  config: Flag.String("config").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("A JSON file of settings"),
    Flag.optional
  ),
  set: Flag.String("set").pipe(
    Flag.withMetavar("KEY=VALUE"),
    Flag.withDescription("One setting, such as batchSize=64 or rate.peak=0.1; may be repeated"),
    Flag.atLeast(0)
  ),
  weights: Flag.String("weights").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(
      "Begin with these weights; with --set fineTune.skip=[...] for a head of other classes, and fineTune.freeze=[...]"
    ),
    Flag.optional
  ),
  out: Flag.String("out").pipe(
    Flag.withMetavar("DIR"),
    Flag.withDescription("The directory of the run; runs/<time>-<preset> when left out"),
    Flag.optional
  ),
  resume: Flag.Boolean("resume").pipe(
    Flag.withDescription("Go on with the run in --out, with the settings that it was started with"),
    Flag.withDefault(false)
  ),
  change: Flag.Literals("change", Changeable.literals).pipe(
    Flag.withDescription(
      "With --resume: a setting that may be otherwise than the run was started with; may be repeated"
    ),
    Flag.atLeast(0)
  ),
  printConfig: Flag.Boolean("print-config").pipe(
    Flag.withDescription("Print every setting and where it came from, and train nothing"),
    Flag.withDefault(false)
  )
}

/** `train`: one run, into a directory of its own. */
export const train = Output.command(
  "train",
  "Train a network",
  flags,
  {
    schema: Schema.Union([TrainResult, PrintedConfig]),
    text: (result) => ("runDirectory" in result ? describe(result) : RunConfig.table(result))
  },
  Effect.fnUntraced(function* ({ change, config, out, preset, printConfig, resume, set, weights }) {
    if (resume && Option.isNone(out)) return yield* Flags.misuse("--resume needs the directory of the run: --out DIR")
    if (!resume && change.length > 0) return yield* Flags.misuse("--change goes with --resume")
    const loaded = yield* RunConfig.load({
      preset: Option.getOrUndefined(preset),
      file: Option.getOrUndefined(config) ?? (resume ? yield* earlierConfig(Option.getOrThrow(out)) : undefined),
      set,
      weights: Option.getOrUndefined(weights)
    })
    if (printConfig) return RunConfig.provenance(loaded)
    const directory = Option.isSome(out) ? out.value : yield* newDirectory(loaded.settings)
    // Loaded only now: the backends and the drawing of charts take their time.
    const { run } = yield* Effect.promise(() => import("./TrainRun.js"))
    return yield* run(loaded.settings, { directory, resume, change })
  })
)

const describe = (result: TrainResult): string =>
  `test accuracy ${(100 * result.test.accuracy).toFixed(2)} %, loss ${result.test.loss.toFixed(4)}, after ${result.epochs} ${result.epochs === 1 ? "epoch" : "epochs"} in ${Math.round(result.seconds)} s of training (${Math.round(result.imagesPerSecond)} images/s)
${result.runDirectory}/report.html`

/** The settings that a run was started with; one that was killed before it wrote them is taken with those given now. */
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
