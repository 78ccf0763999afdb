import { Clock, Effect, Option, type Scope } from "effect"
import type { DatasetError } from "../../data/DatasetError.js"
import type { Images } from "../../data/Images.js"
import type { ShapeError } from "../../model/ShapeError.js"
import type { HostTensor, Weights } from "../../model/Tensors.js"
import type { WeightsError } from "../../model/weights/WeightsError.js"
import * as BatchEvaluation from "../../train/BatchEvaluation.js"
import * as Machine from "../../train/Machine.js"
import * as Measured from "../../train/Measured.js"
import * as Samples from "../../train/metrics/Samples.js"
import * as Plan from "../../train/Plan.js"
import * as PlanRecord from "../../train/PlanRecord.js"
import { DivergedError, guard, PartError, type TensorLeakError } from "../../train/TrainError.js"
import type { EvaluatedSet, RunStopped, TrainEvent } from "../../train/TrainEvent.js"
import * as TrainState from "../../train/TrainState.js"
import type { Backend } from "../backend/Backend.js"
import * as Loader from "../loader/Loader.js"
import type { BackendError } from "../native/BackendError.js"
import { attempt } from "./Attempt.js"
import type { Checkpoint, CheckpointError } from "./CheckpointFormat.js"
import type { Checkpoints } from "./Checkpoints.js"
import * as EpochSteps from "./EpochSteps.js"
import * as Evaluator from "./Evaluator.js"
import * as LeakGuard from "./LeakGuard.js"
import * as Resume from "./Resume.js"
import * as RunStart from "./RunStart.js"

/**
 * Everything that can make a run fail.
 *
 * @category errors
 */
export type TrainError =
  | Plan.PlanError
  | ShapeError
  | WeightsError
  | DatasetError
  | DivergedError
  | PartError
  | TensorLeakError
  | BackendError
  | CheckpointError

/** A run with its weights on the backend, for the lifetime of the scope that it was made in. */
export interface Run {
  /** Does the next task; false when none is left. */
  readonly advance: Effect.Effect<boolean, TrainError>
  /** Gives the events since the last call. */
  readonly take: Effect.Effect<ReadonlyArray<TrainEvent>>
  /** The event of a run that is stopped now. */
  readonly stopped: (reason: string) => RunStopped
  /** Saves the state between two tasks; `take` then gives the events of that. A finished run saves nothing. */
  readonly stop: (reason: string) => Effect.Effect<void, TrainError>
  /** The weights as they are now, in host memory. */
  readonly weights: Effect.Effect<Weights<HostTensor>>
}

/**
 * Prepares a run: checks the plan, finds the newest checkpoint if it is to resume, and uploads the weights.
 *
 * **Ownership** the weights belong to the scope.
 */
export const make = (
  services: {
    readonly backend: Backend["Service"]
    readonly checkpoints: Checkpoints["Service"]
    readonly workers: number | "auto"
  },
  plan: Plan.Plan,
  options: Resume.Options
): Effect.Effect<Run, TrainError, Scope.Scope> =>
  Effect.gen(function* () {
    const { backend, checkpoints } = services
    const checked = yield* Effect.fromResult(Plan.check(plan))
    const record = yield* attempt(() => PlanRecord.of(checked))
    const identity = {
      run: PlanRecord.identity(record),
      plan: record,
      environment: RunStart.environmentOf(backend.report)
    }
    const from = options.resume === true ? yield* Resume.find(checkpoints, identity, options) : Option.none()
    const cell: Cell = yield* Effect.acquireRelease(
      Effect.map(begin(checked, from), (run): Cell => ({ run, saved: undefined, test: undefined, untold: [] })),
      // Each step replaces the state and frees the one before; the last one is freed here.
      ({ run }) => Effect.sync(() => TrainState.dispose(run.train))
    )
    if (Option.isSome(from)) cell.saved = positionOf(cell.run)
    cell.untold.push(yield* RunStart.started(checked, cell.run, from, backend.report))

    const { dataset, network } = plan
    const stepIn = yield* attempt(() => EpochSteps.make(checked, backend.kernels))
    const seenOnce = BatchEvaluation.make(network, backend.kernels, dataset.train.task)
    const inViews = BatchEvaluation.make(network, backend.kernels, dataset.train.task, plan.views)
    const loader = yield* Loader.make(services.workers)
    const nextBatch = yield* loader.open(checked.train, { ...plan, outputs: network.classes })

    const evaluateSet = (set: Images, isLast: boolean, evaluateBatch = seenOnce) =>
      Effect.suspend(() => {
        const { params, state } = TrainState.inference(cell.run.train)
        return Evaluator.evaluate({
          evaluateBatch: (images, targets) =>
            LeakGuard.none({ stage: "evaluation", step: cell.run.progress.step - 1 }, () =>
              evaluateBatch(params, state, images, targets)
            ),
          kernels: backend.kernels,
          classes: network.classes,
          set,
          statistics: dataset.statistics,
          loader,
          metrics: checked.metrics,
          // Intervals by a bootstrap take time, so only what a run ends with has them.
          bootstrap: isLast ? plan.seed : undefined
        })
      })
    const evaluate = Effect.fnUntraced(function* (set: EvaluatedSet) {
      const { step, stopped } = cell.run.progress
      const isLast = step >= checked.steps.total || stopped !== null
      if (set === "validation") return yield* evaluateSet(checked.validation, false)
      const known = cell.test?.step === step && cell.test.isLast === isLast ? cell.test.evaluation : undefined
      const evaluation = known ?? (yield* evaluateSet(dataset.test, isLast))
      cell.test = { step, isLast, evaluation }
      return evaluation
    })

    const save = Effect.gen(function* () {
      const { epoch, kept, pending, progress, train, validation } = cell.run
      const policies = yield* attempt(() =>
        guard("policy", () => Object.fromEntries(cell.run.policies.map(({ name, state }) => [name, state])))
      )
      const location = yield* checkpoints.save({
        ...identity,
        progress,
        pending,
        kept,
        validation,
        policies,
        epoch: yield* attempt(() => guard("metric", () => Measured.encode(epoch))),
        train: TrainState.download(train)
      })
      cell.saved = positionOf(cell.run)
      cell.untold.push({ _tag: "CheckpointSaved", step: progress.step, location })
    })

    const train = Effect.fnUntraced(function* (task: Extract<Machine.Task, { _tag: "Train" }>) {
      const { epoch, rate } = task
      if (!(Number.isFinite(rate) && rate >= 0)) {
        return yield* new DivergedError({ quantity: "rate", value: String(rate), step: cell.run.progress.step, epoch })
      }
      const asked = yield* Clock.currentTimeNanos
      const batch = yield* nextBatch(epoch, task.batch)
      const waited = secondsSince(asked, yield* Clock.currentTimeNanos)
      // As one piece, so that at every moment each state has one owner.
      return yield* Effect.uninterruptible(
        Effect.gen(function* () {
          const began = yield* Clock.currentTimeNanos
          const result = yield* Evaluator.withBatch(batch, dataset.statistics, backend.kernels, (images, targets) =>
            stepIn(epoch)(cell.run.train, images, targets, rate)
          )
          const seconds = secondsSince(began, yield* Clock.currentTimeNanos)
          const samples = Samples.make({
            task: batch.task,
            width: network.classes,
            outputs: result.outputs,
            targets: batch.targets
          })
          const { events, freed, run } = yield* attempt(() =>
            LeakGuard.none({ stage: "policy", step: cell.run.progress.step }, () =>
              Machine.trained(cell.run, task, result, { samples, seconds, waited })
            )
          ).pipe(
            Effect.flatMap(Effect.fromResult),
            Effect.onError(() => Effect.sync(() => TrainState.dispose(result.next)))
          )
          TrainState.dispose(freed)
          cell.run = run
          cell.untold.push(...events)
        })
      )
    })

    /** Replaces the run by what a task has made of it. */
    const become = (advance: () => Machine.Advanced) =>
      Effect.map(
        attempt(() => LeakGuard.none({ stage: "policy", step: cell.run.progress.step - 1 }, advance)),
        ({ events, run }) => {
          cell.run = run
          cell.untold.push(...events)
        }
      )

    /** Replaces the weights by those of an earlier step; as one piece, so that at every moment each state has one owner. */
    const restore = (restoration: Machine.Restoration, when: "now" | "end") =>
      Effect.uninterruptible(
        Effect.gen(function* () {
          const restored = yield* earlier(checked, checkpoints, identity.run, restoration)
          const before = cell.run.train
          const { events, run } = Machine.restored(cell.run, restoration, restored)
          cell.run = run
          cell.test = undefined
          cell.untold.push(...events)
          // What would be resumed at the end has the weights of the last step: with more epochs, training goes on from them.
          if (when === "end") cell.saved = positionOf(run)
          TrainState.dispose(before)
        })
      )

    const carryOut = Effect.fnUntraced(function* (task: Machine.Task): Effect.fn.Return<void, TrainError> {
      const { step } = cell.run.progress
      switch (task._tag) {
        case "Train":
          return yield* train(task)
        case "Restore":
          return yield* restore(task.restoration, "now")
        case "Evaluate": {
          if (task.set === "validation" && checked.validation.count === 0) {
            return yield* new PartError({
              part: "policy",
              reason: "asked for an evaluation of the validation split, and the plan has none",
              fix: "hold images back with Plan.validation, or evaluate the test images"
            })
          }
          const evaluation = yield* evaluate(task.set)
          return yield* become(() =>
            Machine.evaluated(cell.run, { _tag: "Evaluated", set: task.set, step, ...evaluation })
          )
        }
        case "EndEpoch": {
          const sets = Plan.evaluatedEachEpoch(checked)
          const validation = sets.validation ? (yield* evaluate("validation")).scores : null
          const test = sets.test ? (yield* evaluate("test")).scores : null
          return yield* become(() => Machine.epochEnded(checked, cell.run, task.epoch, { validation, test }))
        }
        case "Save":
          cell.run = Machine.saved(cell.run)
          return yield* save
        case "Finish": {
          if (task.restoration !== null) yield* restore(task.restoration, "end")
          const test = { _tag: "Evaluated", set: "test", step, ...(yield* evaluate("test")) } as const
          const viewed = plan.views === "none" ? undefined : yield* evaluateSet(dataset.test, false, inViews)
          const digest = PlanRecord.weightDigest(TrainState.inference(TrainState.download(cell.run.train)))
          return yield* become(() => Machine.finished(checked, cell.run, test, digest, viewed?.scores))
        }
      }
    })

    const advance = Effect.gen(function* () {
      // Tasks block the event loop; between two of them other fibers run, and an interruption takes effect.
      yield* Effect.yieldNow
      const task = yield* attempt(() =>
        LeakGuard.none({ stage: "learning rate", step: cell.run.progress.step }, () => Machine.next(checked, cell.run))
      )
      if (task === undefined) return false
      yield* carryOut(task)
      return true
    })

    const stopped = (reason: string): RunStopped => ({ _tag: "RunStopped", step: cell.run.progress.step, reason })

    return {
      advance,
      take: Effect.sync(() => cell.untold.splice(0)),
      stopped,
      stop: Effect.fnUntraced(function* (reason) {
        if (cell.run.finished) return
        if (cell.run.progress.step > 0 && cell.saved !== positionOf(cell.run)) yield* save
        cell.untold.push(stopped(reason))
      }),
      weights: Effect.sync(() => TrainState.inference(TrainState.download(cell.run.train)))
    }
  })

/**
 * The mutable part of a run: its state, which state was saved last, the last evaluation of the test images, and the events that were not taken yet.
 * A task and its events are entered together, so that a checkpoint never counts an event that an interruption kept from the log.
 */
interface Cell {
  run: Machine.RunState
  saved: string | undefined
  test: { readonly step: number; readonly isLast: boolean; readonly evaluation: Evaluator.Evaluation } | undefined
  readonly untold: Array<TrainEvent>
}

const secondsSince = (from: bigint, to: bigint): number => Number(to - from) / 1e9

/** A text that differs between two states of a run. */
const positionOf = ({ progress }: Machine.RunState): string => `${progress.step} ${progress.events}`

/** The state of a new run, or of the checkpoint that it resumes from, on the backend. */
const begin = Effect.fnUntraced(function* (
  checked: Plan.Checked,
  from: Option.Option<Checkpoint>
): Effect.fn.Return<Machine.RunState, TrainError> {
  const { plan } = checked
  if (Option.isSome(from)) {
    const { kept, pending, progress, train, validation } = from.value
    const policies = yield* Resume.restorePolicies(checked.policies, from.value.policies)
    const epoch = yield* Resume.restoreEpoch(checked, from.value.epoch)
    return { progress, pending, kept, validation, policies, epoch, finished: false, train: TrainState.upload(train) }
  }
  return Machine.start(checked, yield* attempt(() => RunStart.state(plan)))
})

/** The state of an earlier step on the backend, and its validation scores. */
const earlier = Effect.fnUntraced(function* (
  checked: Plan.Checked,
  checkpoints: Checkpoints["Service"],
  run: string,
  { from, policy }: Machine.Restoration
): Effect.fn.Return<Pick<Machine.RunState, "train" | "validation">, TrainError> {
  const checkpoint = yield* checkpoints.ofStep(run, from)
  if (Option.isSome(checkpoint)) {
    const { train, validation } = checkpoint.value
    return { validation, train: yield* attempt(() => TrainState.upload(train)) }
  }
  if (from === 0) return yield* begin(checked, Option.none())
  return yield* new PartError({
    part: "policy",
    reason: `("${policy}") asked for the weights after ${from} steps, and no checkpoint of them was kept`,
    fix: "answer the event after that step with Policy.save and Policy.keep"
  })
})
