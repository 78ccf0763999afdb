import { Result } from "effect"
import { tell } from "./Commands.js"
import * as Measured from "./Measured.js"
import type { Samples } from "./metrics/Samples.js"
import * as Plan from "./Plan.js"
import * as Progress from "./Progress.js"
import type { Advanced, Restoration, RunState } from "./RunState.js"
import type { StepResult } from "./Step.js"
import { DivergedError, guard } from "./TrainError.js"
import type { EpochEnded, Evaluated, EvaluatedSet, RunFinished, Scores, TrainEvent } from "./TrainEvent.js"
import type { TrainState } from "./TrainState.js"

export type { Advanced, Kept, Pending, Restoration, RunState } from "./RunState.js"

/**
 * What a run does next; batches are counted from 0 within their epoch.
 *
 * @category models
 */
export type Task =
  | { readonly _tag: "Train"; readonly epoch: number; readonly batch: number; readonly rate: number }
  | { readonly _tag: "Restore"; readonly restoration: Restoration }
  | { readonly _tag: "Evaluate"; readonly set: EvaluatedSet }
  | { readonly _tag: "EndEpoch"; readonly epoch: number }
  | { readonly _tag: "Save" }
  | { readonly _tag: "Finish"; readonly restoration: Restoration | null }

/**
 * The run of a plan before its first task.
 *
 * @category constructors
 */
export const start = (checked: Plan.Checked, train: TrainState): RunState => ({
  train,
  progress: Progress.start,
  policies: checked.policies.map(({ start }) => start),
  epoch: Measured.start(Plan.streamed(checked), Plan.shape(checked)),
  pending: { evaluate: [], save: false, restore: null, restoreAtEnd: null },
  kept: {},
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
  if (pending.restore !== null) return { _tag: "Restore", restoration: pending.restore }
  if (set !== undefined) return { _tag: "Evaluate", set }
  if (progress.step >= (progress.epochs + 1) * steps.perEpoch) return { _tag: "EndEpoch", epoch: progress.epochs }
  if (pending.save) return { _tag: "Save" }
  if (progress.stopped !== null || progress.step >= steps.total) {
    return { _tag: "Finish", restoration: pending.restoreAtEnd }
  }
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
  batch: { readonly samples: Samples; readonly seconds: number; readonly waited: number }
): Result.Result<Advanced & { readonly freed: TrainState }, DivergedError> => {
  const { progress } = run
  const { loss, next } = result
  const { samples, seconds, waited } = batch
  const images = samples.count
  const event: TrainEvent = {
    _tag: "StepEnded",
    step: progress.step,
    epoch: task.epoch,
    loss,
    metrics: Measured.scores(Measured.add(Measured.cleared(run.epoch), loss, samples)).metrics,
    rate: task.rate,
    images,
    millis: seconds * 1000,
    waitMillis: waited * 1000,
    imagesPerSecond: perSecond(images, seconds)
  }
  const told = tell(run, event)
  const before = run.train
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
      epoch: told.rolledBack ? run.epoch : Measured.add(run.epoch, loss, samples),
      progress: {
        ...told.run.progress,
        step: progress.step + 1,
        seconds: progress.seconds + seconds,
        images: progress.images + images,
        epochSeconds: progress.epochSeconds + seconds
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
  const { epochSeconds: seconds } = progress
  const event: EpochEnded = {
    _tag: "EpochEnded",
    epoch,
    step: progress.step,
    rate: progress.rateScale * rate(progress.step - 1),
    train: Measured.scores(run.epoch),
    ...scores,
    seconds,
    imagesPerSecond: perSecond(run.epoch.total, seconds)
  }
  const next = { epoch: Measured.cleared(run.epoch), progress: Progress.nextEpoch(progress) }
  return tell({ ...run, ...next, validation: scores.validation }, event)
}

/**
 * The run after an evaluation that a policy asked for.
 *
 * @category transitions
 */
export const evaluated = (run: RunState, event: Evaluated): Advanced =>
  tell({ ...run, pending: { ...run.pending, evaluate: run.pending.evaluate.slice(1) } }, event)

/**
 * The run with weights of an earlier step in place of its own, which are to be freed. The count of steps, the order of the images and the policies go on.
 *
 * @category transitions
 */
export const restored = (
  run: RunState,
  { from, policy }: Restoration,
  { train, validation }: Pick<RunState, "train" | "validation">
): Advanced => {
  const { pending, progress } = run
  const { step } = progress
  return {
    events: [{ _tag: "WeightsRestored", step, from, policy }],
    run: {
      ...run,
      train: { ...train, step },
      validation,
      pending: { ...pending, restore: null },
      progress: { ...progress, events: progress.events + 1 }
    }
  }
}

/**
 * The run with its checkpoint saved; the checkpoint itself holds this state.
 *
 * @category transitions
 */
export const saved = (run: RunState): RunState => ({ ...run, pending: { ...run.pending, save: false } })

/**
 * The run after its last evaluation: it is complete. With test-time views, `viewed` are the scores with them.
 *
 * @category transitions
 */
export const finished = (
  { plan, steps }: Plan.Checked,
  run: RunState,
  test: Evaluated,
  weightDigest: string,
  viewed?: Scores
): Advanced => {
  const { images, seconds, step, stopped } = run.progress
  const event: RunFinished = {
    _tag: "RunFinished",
    epochs: Math.ceil(step / steps.perEpoch),
    step,
    stopped,
    seconds,
    imagesPerSecond: perSecond(images, seconds),
    test: test.scores,
    ...(viewed === undefined ? {} : { withViews: { views: plan.views, test: viewed } }),
    weightDigest
  }
  return { run: { ...run, finished: true }, events: [test, event] }
}

const perSecond = (count: number, seconds: number): number => (seconds > 0 ? count / seconds : 0)
