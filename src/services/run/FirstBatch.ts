import * as tf from "@tensorflow/tfjs-core"
import { Effect, type Scope } from "effect"
import * as Batches from "../../data/Batches.js"
import * as Loss from "../../train/Loss.js"
import type * as Plan from "../../train/Plan.js"
import * as Step from "../../train/Step.js"
import * as TrainState from "../../train/TrainState.js"
import { Backend } from "../backend/Backend.js"
import { attempt } from "./Attempt.js"
import * as Evaluator from "./Evaluator.js"
import * as LeakGuard from "./LeakGuard.js"
import type { TrainError } from "./Run.js"
import * as RunStart from "./RunStart.js"

/** The first batch of a plan, with a state of its own to train on it. */
export interface FirstBatch {
  readonly batch: Batches.Batch
  /** Trains one step on the batch: its loss, the plain loss of the task, and what the network gave, all before the update. */
  readonly step: (
    rate: number
  ) => Effect.Effect<{ readonly loss: number; readonly plain: number; readonly outputs: Float32Array }, TrainError>
  /** The state now; the next step frees it. */
  readonly state: Effect.Effect<TrainState.TrainState>
}

/**
 * Prepares a plan's first batch and initial state. What is done with them changes nothing of a run.
 *
 * **Ownership** the state belongs to the scope.
 */
export const make = Effect.fnUntraced(function* (
  checked: Plan.Checked
): Effect.fn.Return<FirstBatch, TrainError, Backend | Scope.Scope> {
  const { plan, train: images } = checked
  const { kernels } = yield* Backend
  const first = Batches.epoch(images, { ...plan, outputs: plan.network.classes, epoch: 0 })
  const batch = yield* (yield* Effect.fromResult(first)).batch(0)
  const step = yield* attempt(() =>
    LeakGuard.step(Step.make({ ...plan, steps: checked.steps, kernels }), plan, kernels)
  )
  const cell = yield* Effect.acquireRelease(
    Effect.map(
      attempt(() => RunStart.state(plan)),
      (train) => ({ train })
    ),
    ({ train }) => Effect.sync(() => TrainState.dispose(train))
  )
  const plain = Loss.ofTask(images.task)
  return {
    batch,
    state: Effect.sync(() => cell.train),
    step: (rate) =>
      Evaluator.withBatch(batch, plan.dataset.statistics, kernels, (images, targets) => {
        const { loss, next, outputs } = step(cell.train, images, targets, rate)
        TrainState.dispose(cell.train)
        cell.train = next
        const given = () => tf.tensor2d(outputs, [targets.shape[0], targets.shape[1]])
        const [value = Number.NaN] = tf.tidy(() => plain.mean(given(), targets).dataSync())
        return { loss, plain: value, outputs }
      })
  }
})
