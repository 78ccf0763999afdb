import { DateTime, Effect, type FileSystem, Layer, Option, type Path, type Scope } from "effect"
import type { ChildProcessSpawner } from "effect/process"
import { sha256 } from "../../internal/Digest.js"
import * as Safetensors from "../../model/weights/Safetensors.js"
import * as TorchWeights from "../../model/weights/Weights.js"
import * as Plan from "../../train/Plan.js"
import * as PlanRecord from "../../train/PlanRecord.js"
import type { RunFinished } from "../../train/TrainEvent.js"
import { Backend } from "../backend/Backend.js"
import { type FileError, sweep, writeAtomic } from "../files/Files.js"
import * as Jsonl from "../reporters/Jsonl.js"
import { CheckpointError } from "../run/CheckpointFormat.js"
import { Checkpoints } from "../run/Checkpoints.js"
import * as EventLog from "../run/EventLog.js"
import * as Preflight from "../run/Preflight.js"
import { type Maker, Reporters } from "../run/Reporters.js"
import * as Resume from "../run/Resume.js"
import { type TrainError, Trainer } from "../run/Trainer.js"
import * as Disk from "./Disk.js"
import * as ReportFiles from "./ReportFiles.js"
import * as RunDirectory from "./RunDirectory.js"
import * as RunInfo from "./RunInfo.js"

/**
 * Where a plan is trained, and who watches.
 *
 * @category models
 */
export interface Options<R> extends Resume.Options {
  readonly directory: string
  /** The contents of `config.json`; the run itself does not read it. */
  readonly config?: string
  /** Reporters in addition to the log and the report in the directory. */
  readonly reporters?: ReadonlyArray<Maker<never, R>>
}

/**
 * A finished run and its directory.
 *
 * @category models
 */
export interface Trained {
  readonly run: RunDirectory.RunDirectory
  readonly finished: RunFinished
}

type Platform = FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner

/**
 * Trains a plan in a directory, with its checkpoints, log, report and, at the end, weights.
 *
 * With `resume` the run continues from its newest checkpoint. Nothing in the directory changes before the plan is accepted, and no other process can use the
 * directory meanwhile.
 *
 * A new run is checked first, see `Preflight.check`, and that its checkpoints fit on the disk.
 *
 * **Errors** `PreflightError` if it would fail; `FileError` if the directory cannot be used; `CheckpointError` with a list of differences if its run has another plan;
 * `EventLogError` if its log is damaged; those of the run.
 *
 * @example
 * ```ts
 * import { NodeServices } from "@effect/platform-node"
 * import { Effect, FileSystem, Layer, Result } from "effect"
 * import { Dataset, ImageSet } from "effect-tensorflow/data"
 * import { Layers, type Network } from "effect-tensorflow/model"
 * import { Backend, TrainedNetwork, Training } from "effect-tensorflow/services"
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
 * const plan = Plan.make({ network, dataset }).pipe(Plan.batchSize(2), Plan.epochs(2))
 *
 * const program = Effect.gen(function* () {
 *   const fs = yield* FileSystem.FileSystem
 *   const directory = yield* fs.makeTempDirectoryScoped()
 *   yield* Training.train(plan, { directory })
 *   // The finished run continues to four epochs.
 *   const { finished } = yield* Training.train(Plan.epochs(4)(plan), { directory, resume: true, change: ["epochs"] })
 *   const { preprocessing } = yield* TrainedNetwork.ofRun(directory)
 *   return { epochs: finished.epochs, classNames: preprocessing.classNames }
 * }).pipe(Effect.scoped, Effect.provide(Layer.merge(Backend.layerCpu, NodeServices.layer)))
 *
 * const { classNames, epochs } = await Effect.runPromise(program)
 * epochs // => 4
 * classNames // => ["dark", "light"]
 * ```
 *
 * @category training
 */
export const train = <R = never>(
  plan: Plan.Plan,
  options: Options<R>
): Effect.Effect<
  Trained,
  TrainError | Preflight.PreflightError | FileError | EventLog.EventLogError,
  Backend | Platform | Exclude<R, Scope.Scope>
> =>
  Effect.gen(function* () {
    const checked = yield* Effect.fromResult(Plan.check(plan))
    const { report } = yield* Backend
    const isResumed = options.resume === true
    const run = yield* isResumed ? RunDirectory.reopen(options.directory) : RunDirectory.create(options.directory)
    const startedAt = DateTime.formatIso(yield* DateTime.now)
    const info = yield* RunInfo.collect({ startedAt, checked, report })
    const checkpoints = Checkpoints.layerFileSystem(run.checkpoints)
    yield* Disk.checkPermission(run)
    if (isResumed) yield* Effect.provide(accept(run, info, options), checkpoints)
    else yield* preflight(plan, run)
    yield* sweep(run.path)
    yield* RunInfo.write(run.run, info)
    if (options.config !== undefined) yield* writeAtomic(run.config, options.config)

    const reporters = Reporters.layer<Maker<never, R | Platform | Scope.Scope>>([
      // First, so that no other can keep an event from it.
      Jsonl.make(run.events),
      ...(options.reporters ?? []),
      ReportFiles.make(run.path)
    ])
    const trainer = Layer.provide(Trainer.layer, [checkpoints, reporters])
    // The changes are accepted: after a kill before the next checkpoint they need not be asked for again.
    const change = PlanRecord.Changeable.literals
    const { finished, weights } = yield* Effect.flatMap(Trainer, (trainer) =>
      trainer.fit(plan, { resume: isResumed, change })
    ).pipe(Effect.provide(trainer))
    const tensors = yield* Effect.fromResult(TorchWeights.toTorch(plan.network, weights))
    const file = Safetensors.encode({ tensors, metadata: { network: plan.network.name } })
    yield* writeAtomic(run.weights, file)
    const { epochs, step, weightDigest } = finished
    yield* RunInfo.write(run.run, {
      ...info,
      finished: { step, epochs, weightDigest, file: { bytes: file.length, sha256: sha256(file) } }
    })
    return { run, finished }
  }).pipe(Effect.scoped)

/** Checks that a new run will not fail for what can be seen now. */
const preflight = Effect.fnUntraced(function* (plan: Plan.Plan, run: RunDirectory.RunDirectory) {
  const { stateBytes, warnings } = yield* Preflight.check(plan)
  yield* Effect.forEach(warnings, (warning) => Effect.logWarning(warning))
  yield* Disk.checkSpace(run, stateBytes)
})

/** Checks that the run in a directory may resume with this plan; changes nothing. */
const accept = Effect.fnUntraced(function* (
  run: RunDirectory.RunDirectory,
  now: RunInfo.RunInfo,
  { change = [] }: Resume.Options
) {
  const before = yield* RunInfo.read(run.run)
  const differences = PlanRecord.differences(before.plan, now.plan)
  if (differences.some((difference) => !PlanRecord.isAllowed(difference, change))) {
    return yield* Resume.refused(differences, change)
  }
  const { latest } = yield* Checkpoints
  const checkpoint = yield* latest(PlanRecord.identity(now.plan))
  if (Option.isNone(checkpoint) && before.finished !== null) {
    return yield* new CheckpointError({
      reason: `${run.path} holds a finished run without a checkpoint`,
      fix: "restore its checkpoints from a copy, or start a new run in another directory"
    })
  }
  yield* EventLog.checkResume(
    run.events,
    Option.match(checkpoint, { onNone: () => null, onSome: ({ progress }) => progress })
  )
})
