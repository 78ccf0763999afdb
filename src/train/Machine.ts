import { Result } from "effect"
import * as Metrics from "./Metrics.js"
import type * as Plan from "./Plan.js"
import type * as Policy from "./Policy.js"
import * as Progress from "./Progress.js"
import type { StepResult } from "./Step.js"
import { DivergedError, guard, PartError } from "./TrainError.js"
import type { EpochEnded, Evaluated, EvaluatedSet, RunFinished, Scores, TrainEvent } from "./TrainEvent.js"
import type { TrainState } from "./TrainState.js"

/**
 * A run between two of its tasks, as a value.
 *
 * @category models
 */
export interface RunState {
  readonly train: TrainState
  readonly progress: Progress.Progress
  readonly policies: ReadonlyArray<Policy.Running>
  /** What policies have asked for. */
  readonly pending: Pending
  /** The validation scores of the current weights, if an epoch has just ended. */
  readonly validation: Scores | null
  readonly finished: boolean
}

/**
 * What policies have asked for and has not been done yet: sets to evaluate, and whether to save a checkpoint.
 *
 * @category models
 */
export interface Pending {
  readonly evaluate: ReadonlyArray<EvaluatedSet>
  readonly save: boolean
}

/**
 * What a run does next; batches are counted from 0 within their epoch.
 *
 * @category models
 */
export type Task =
  | { readonly _tag: "Train"; readonly epoch: number; readonly batch: number; readonly rate: number }
  | { readonly _tag: "Evaluate"; readonly set: EvaluatedSet }
  | { readonly _tag: "EndEpoch"; readonly epoch: number }
  | { readonly _tag: "Save" }
  | { readonly _tag: "Finish" }

/**
 * A run after a task, and the events of the task.
 *
 * @category models
 */
export interface Advanced {
  readonly run: RunState
  readonly events: ReadonlyArray<TrainEvent>
}

/**
 * The run of a plan before its first task.
 *
 * @category constructors
 */
export const start = (checked: Plan.Checked, train: TrainState): RunState => ({
  train,
  progress: Progress.start,
  policies: checked.policies.map(({ start }) => start),
  pending: { evaluate: [], save: false },
  validation: null,
  finished: false
})

/**
 * The next task of a run; `undefined` when it is finished.
 *
 * @category transitions
 */
export const next = ({ rate, steps }: Plan.Checked, run: RunState): Task | undefined => {
  const { pending, progress } = run
  const [set] = pending.evaluate
  if (run.finished) return undefined
  if (set !== undefined) return { _tag: "Evaluate", set }
  if (progress.step >= (progress.epochs + 1) * steps.perEpoch) return { _tag: "EndEpoch", epoch: progress.epochs }
  if (pending.save) return { _tag: "Save" }
  if (progress.stopped !== null || progress.step >= steps.total) return { _tag: "Finish" }
  return {
    _tag: "Train",
    epoch: Math.floor(progress.step / steps.perEpoch),
    batch: progress.step % steps.perEpoch,
    rate: progress.rateScale * guard("learning rate", () => rate(progress.step))
  }
}

/**
 * The run after a step, and the state to free: the old one, or the new one if a policy rolled the step back.
 *
 * **Errors** `DivergedError` when the loss is not a number and no policy rolled the step back.
 *
 * @category transitions
 */
export const trained = (
  run: RunState,
  task: Extract<Task, { _tag: "Train" }>,
  result: Pick<StepResult, "next" | "loss">,
  batch: { readonly images: number; readonly correct: number | null; readonly seconds: number; readonly waited: number }
): Result.Result<Advanced & { readonly freed: TrainState }, DivergedError> => {
  const { progress } = run
  const { loss, next } = result
  const { correct, images, seconds, waited } = batch
  const event: TrainEvent = {
    _tag: "StepEnded",
    step: progress.step,
    epoch: task.epoch,
    loss,
    accuracy: correct === null ? null : correct / images,
    rate: task.rate,
    images,
    millis: seconds * 1000,
    waitMillis: waited * 1000,
    imagesPerSecond: perSecond(images, seconds)
  }
  const told = tell(run, event)
  const before = run.train
  const { epoch } = progress
  const totals = told.rolledBack ? epoch : Metrics.combine(epoch, Metrics.ofBatch(loss, correct, images))
  if (!told.rolledBack && !Number.isFinite(loss)) {
    return Result.fail(
      new DivergedError({ quantity: "loss", value: String(loss), step: progress.step, epoch: task.epoch })
    )
  }
  return Result.succeed({
    events: told.events,
    freed: told.rolledBack ? next : before,
    run: {
      ...told.run,
      train: told.rolledBack ? { ...before, step: next.step } : next,
      validation: null,
      progress: {
        ...told.run.progress,
        step: progress.step + 1,
        seconds: progress.seconds + seconds,
        images: progress.images + images,
        epoch: { ...totals, seconds: epoch.seconds + seconds }
      }
    }
  })
}

/**
 * The run after the evaluations at the end of an epoch.
 *
 * @category transitions
 */
export const epochEnded = (
  { rate }: Plan.Checked,
  run: RunState,
  epoch: number,
  scores: { readonly validation: Scores | null; readonly test: Scores | null }
): Advanced => {
  const { progress } = run
  const { seconds, ...totals } = progress.epoch
  const event: EpochEnded = {
    _tag: "EpochEnded",
    epoch,
    step: progress.step,
    rate: progress.rateScale * rate(progress.step - 1),
    train: Metrics.scores(totals),
    ...scores,
    seconds,
    imagesPerSecond: perSecond(totals.total, seconds)
  }
  return tell({ ...run, validation: scores.validation, progress: Progress.nextEpoch(progress) }, event)
}

/**
 * The run after an evaluation that a policy asked for.
 *
 * @category transitions
 */
export const evaluated = (run: RunState, event: Evaluated): Advanced =>
  tell({ ...run, pending: { ...run.pending, evaluate: run.pending.evaluate.slice(1) } }, event)

/**
 * The run with its checkpoint saved; the checkpoint itself holds this state.
 *
 * @category transitions
 */
export const saved = (run: RunState): RunState => ({ ...run, pending: { ...run.pending, save: false } })

/**
 * The run after its last evaluation: it is complete.
 *
 * @category transitions
 */
export const finished = ({ steps }: Plan.Checked, run: RunState, test: Evaluated, weightDigest: string): Advanced => {
  const { images, seconds, step, stopped } = run.progress
  const event: RunFinished = {
    _tag: "RunFinished",
    epochs: Math.ceil(step / steps.perEpoch),
    step,
    stopped,
    seconds,
    imagesPerSecond: perSecond(images, seconds),
    test: test.scores,
    weightDigest
  }
  return { run: { ...run, finished: true }, events: [test, event] }
}

interface Told extends Advanced {
  readonly rolledBack: boolean
}

/** Passes an event to all policies, in their order, and carries out their commands; what takes a task becomes pending. */
const tell = (run: RunState, event: TrainEvent): Told => {
  let { pending, progress } = run
  let rolledBack = false
  const policies: Array<Policy.Running> = []
  const events: Array<TrainEvent> = [event]
  for (const policy of run.policies) {
    const [next, commands] = guard("policy", () => policy.on(event))
    policies.push(next)
    for (const command of commands) {
      switch (command._tag) {
        case "Save":
          pending = { ...pending, save: true }
          break
        case "Stop":
          pending = { ...pending, save: true }
          progress = { ...progress, stopped: progress.stopped ?? command.reason }
          break
        case "ScaleRate": {
          const scale = progress.rateScale * scaling(policy, command.factor)
          progress = { ...progress, rateScale: scale }
          events.push({ _tag: "RateScaled", step: stepAfter(event), scale, policy: policy.name })
          break
        }
        case "Rollback":
          if (event._tag === "StepEnded" && !rolledBack) {
            rolledBack = true
            events.push({ _tag: "StepRolledBack", step: event.step, policy: policy.name })
          }
          break
        case "Evaluate":
          if (!pending.evaluate.includes(command.set)) {
            pending = { ...pending, evaluate: [...pending.evaluate, command.set] }
          }
          break
      }
    }
  }
  return {
    events,
    rolledBack,
    run: { ...run, policies, pending, progress: { ...progress, events: progress.events + events.length } }
  }
}

/** The factor that a policy asks for; another than a finite one of at least 0 would spoil the rate of all later steps, in the checkpoints too. */
const scaling = ({ name }: Policy.Running, factor: number): number => {
  if (Number.isFinite(factor) && factor >= 0) return factor
  throw new PartError({
    part: "policy",
    reason: `("${name}") multiplied the learning rate by ${factor}`,
    fix: "give Policy.scaleRate a finite factor of at least 0"
  })
}

const stepAfter = (event: TrainEvent): number =>
  event._tag === "StepEnded" ? event.step + 1 : "step" in event ? event.step : 0

const perSecond = (count: number, seconds: number): number => (seconds > 0 ? count / seconds : 0)
