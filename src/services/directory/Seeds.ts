import { Effect, type FileSystem, Option, Path, Schema } from "effect"
import * as PlanRecord from "../../train/PlanRecord.js"
import * as Scalars from "../../train/Scalars.js"
import type { RunFinished } from "../../train/TrainEvent.js"
import { FileError, writeAtomic } from "../files/Files.js"
import * as SeedsTable from "../report/SeedsTable.js"
import * as Spread from "../report/Spread.js"
import * as EventLog from "../run/EventLog.js"
import * as RunDirectory from "./RunDirectory.js"
import * as RunInfo from "./RunInfo.js"

/**
 * The result of runs that differ only in their seeds: the scores of each, and their spreads by name, such as `test/accuracy`.
 *
 * @category models
 */
export const Seeds = Schema.Struct({
  directory: Schema.String,
  runs: Schema.Array(
    Schema.Struct({
      seed: Schema.Int,
      directory: Schema.String,
      epochs: Schema.Int,
      seconds: Schema.Number,
      scores: Schema.Record(Schema.String, Schema.Number)
    })
  ),
  spreads: Schema.Record(
    Schema.String,
    Schema.Struct({
      n: Schema.Int,
      mean: Schema.Number,
      deviation: Schema.NullOr(Schema.Number),
      interval: Schema.NullOr(Schema.Tuple([Schema.Number, Schema.Number]))
    })
  )
})
/** @category models */
export type Seeds = typeof Seeds.Type

const json = Schema.fromJsonString(Schema.toCodecJson(Seeds), { space: 2 })

/**
 * The directory of the run of a seed.
 *
 * @category accessors
 */
export const directoryOf = (directory: string, seed: number): string => `${directory}/seed-${seed}`

/**
 * Trains with one seed after another, in `directory/seed-<seed>`, and writes `seeds.json` and `seeds.txt` with the scores on the test images: mean, deviation and 95 % interval.
 *
 * With `resume` finished runs stay as they are, and an interrupted one is resumed. The files are written anew after each run.
 *
 * **Errors** those of `train`; `FileError` if no seeds are given, or if finished runs differ in more than what follows from the seed.
 *
 * @example
 * ```ts
 * import { NodeServices } from "@effect/platform-node"
 * import { Effect, FileSystem, Layer, Result } from "effect"
 * import { Dataset, ImageSet } from "effect-tensorflow/data"
 * import { Layers, type Network } from "effect-tensorflow/model"
 * import { Backend, Seeds, Training } from "effect-tensorflow/services"
 * import { Plan } from "effect-tensorflow/train"
 *
 * const shape = { height: 1, width: 1, channels: 1 }
 * const images = Result.getOrThrow(ImageSet.make(shape, [0, 255, 10, 240], [0, 1, 0, 1]))
 * const dataset = Result.getOrThrow(Dataset.make({ name: "greys", classNames: ["dark", "light"], train: images, test: images }))
 * const network: Network.Network = {
 *   name: "linear",
 *   input: shape,
 *   classes: 2,
 *   body: Layers.chain(Layers.flatten, Layers.linear(1, 2))
 * }
 * const plan = Plan.make({ network, dataset }).pipe(Plan.batchSize(2), Plan.epochs(20))
 *
 * const program = Effect.gen(function* () {
 *   const fs = yield* FileSystem.FileSystem
 *   const directory = yield* fs.makeTempDirectoryScoped()
 *   const { spreads } = yield* Seeds.train({
 *     directory,
 *     seeds: [0, 1],
 *     train: (seed, at) => Training.train(Plan.seed(seed)(plan), at)
 *   })
 *   return spreads["test/accuracy"]
 * }).pipe(Effect.scoped, Effect.provide(Layer.merge(Backend.layerCpu, NodeServices.layer)))
 *
 * await Effect.runPromise(program) // => { n: 2, mean: 1, deviation: 0, interval: [1, 1] }
 * ```
 *
 * @category training
 */
export const train = <E, R>(options: {
  readonly directory: string
  readonly seeds: ReadonlyArray<number>
  readonly resume?: boolean
  /** The training with one seed; `Training.train` with the plan of the seed. */
  readonly train: (
    seed: number,
    at: { readonly directory: string; readonly resume: boolean }
  ) => Effect.Effect<{ readonly finished: RunFinished }, E, R>
}): Effect.Effect<Seeds, E | FileError | EventLog.EventLogError, R | FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const directory = (yield* Path.Path).resolve(options.directory)
    if (options.seeds.length === 0) {
      return yield* new FileError({ reason: `no seeds were given for ${directory}`, fix: "give one seed or more" })
    }
    const runs: Array<Seeds["runs"][number]> = []
    let result: Seeds = { directory, runs, spreads: {} }
    for (const [index, seed] of options.seeds.entries()) {
      const at = directoryOf(directory, seed)
      const before = options.resume === true ? yield* earlier(at) : { resume: false, finished: undefined }
      yield* Effect.logInfo(
        `seed ${seed} (${index + 1} of ${options.seeds.length})${before.finished === undefined ? "" : ": finished before"}`
      )
      const finished =
        before.finished ?? (yield* options.train(seed, { directory: at, resume: before.resume })).finished
      yield* checkSame(directoryOf(directory, options.seeds[0] ?? seed), at)
      const { epochs, seconds } = finished
      runs.push({ seed, directory: at, epochs, seconds, scores: Scalars.of(finished) })
      result = { directory, runs: [...runs], spreads: spreadsOf(runs) }
      yield* writeAtomic(`${directory}/seeds.json`, `${Schema.encodeSync(json)(result)}\n`)
      yield* writeAtomic(`${directory}/seeds.txt`, SeedsTable.render(result))
    }
    return result
  })

const spreadsOf = (runs: Seeds["runs"]): Seeds["spreads"] => {
  const names = Object.keys(runs[0]?.scores ?? {})
  return Object.fromEntries(names.map((name) => [name, Spread.of(runs.flatMap(({ scores }) => scores[name] ?? []))]))
}

/** Whether a directory holds a run that can be resumed, and how it ended if it is finished. */
const earlier = Effect.fnUntraced(function* (directory: string) {
  const run = Option.getOrUndefined(yield* Effect.option(RunDirectory.resumable(directory)))
  if (run === undefined) return { resume: false, finished: undefined }
  const info = Option.getOrUndefined(yield* Effect.option(RunInfo.read(run.run)))
  if (info === undefined || info.finished === null) return { resume: true, finished: undefined }
  const end = (yield* EventLog.read(run.events)).rest.at(-1)
  return { resume: true, finished: end?._tag === "RunFinished" ? end : undefined }
})

/** What may differ between runs of two seeds: initial weights that are made from the seed are recorded by their digest. */
const ofSeed = ["seed", "start"]

const checkSame = Effect.fnUntraced(function* (first: string, other: string) {
  const [a, b] = [yield* RunInfo.read(`${first}/run.json`), yield* RunInfo.read(`${other}/run.json`)]
  const differences = PlanRecord.differences(a.plan, b.plan).filter(({ path }) => !ofSeed.includes(path))
  if (differences.length > 0) {
    return yield* new FileError({
      reason: `the runs in ${first} and ${other} differ in more than the seed:\n${PlanRecord.render(differences)}`,
      fix: "resume with what the first was started with, or begin in another directory"
    })
  }
})
