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
import { type Maker, Reporters } from "../run/Reporters.js"
import * as Resume from "../run/Resume.js"
import { type TrainError, Trainer } from "../run/Trainer.js"
import * as ReportFiles from "./ReportFiles.js"
import * as RunDirectory from "./RunDirectory.js"
import * as RunInfo from "./RunInfo.js"

/**
 * Where and how a plan is trained.
 *
 * @category models
 */
export interface Options<R> extends Resume.Options {
  readonly directory: string
  /** What `config.json` says, for whoever reads it. */
  readonly config?: string
  /** Who watches, beside the log and the report that are written into the directory. */
  readonly reporters?: ReadonlyArray<Maker<never, R>>
}

/**
 * A run that is complete, and where it lies.
 *
 * @category models
 */
export interface Trained {
  readonly run: RunDirectory.RunDirectory
  readonly finished: RunFinished
}

type Platform = FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner

/**
 * Trains a plan in a directory: checkpoints, the log, the report, and the weights of the finished run are kept there.
 *
 * A run that is resumed goes on from its newest checkpoint. Nothing in the directory changes before the run is accepted, and while it goes no other process
 * can take the directory.
 *
 * **Errors** `FileError` where the directory cannot be taken; `CheckpointError` that lists the differences when the run in it is of another plan;
 * `EventLogError` when its log is damaged; those of the run.
 *
 * @category training
 */
export const train = <R = never>(
  plan: Plan.Plan,
  options: Options<R>
): Effect.Effect<
  Trained,
  TrainError | FileError | EventLog.EventLogError,
  Backend | Platform | Exclude<R, Scope.Scope>
> =>
  Effect.gen(function* () {
    const checked = yield* Effect.fromResult(Plan.check(plan))
    const { report } = yield* Backend
    const isResumed = options.resume === true
    const run = yield* isResumed ? RunDirectory.reopen(options.directory) : RunDirectory.create(options.directory)
    const startedAt = DateTime.formatIso(yield* DateTime.now)
    const info = yield* RunInfo.collect({ startedAt, checked, tensorflow: report.tensorflow })
    const checkpoints = Checkpoints.layerFileSystem(run.checkpoints)
    if (isResumed) yield* Effect.provide(accept(run, info, options), checkpoints)
    yield* sweep(run.path)
    yield* RunInfo.write(run.run, info)
    if (options.config !== undefined) yield* writeAtomic(run.config, options.config)

    const reporters = Reporters.layer<Maker<never, R | Platform | Scope.Scope>>([
      ...(options.reporters ?? []),
      Jsonl.make(run.events),
      ReportFiles.make(run.path)
    ])
    const trainer = Layer.provide(Trainer.layer, [checkpoints, reporters])
    // What was asked for is accepted; a kill before the next checkpoint must not have it asked for again.
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

/** Whether the run in a directory may go on as it is asked for; changes nothing. */
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
