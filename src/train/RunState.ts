import { Schema } from "effect"
import type { Measured } from "./Measured.js"
import type * as Policy from "./Policy.js"
import type * as Progress from "./Progress.js"
import { withDefault } from "./recipe/Fields.js"
import { EvaluatedSet, type Scores, type TrainEvent } from "./TrainEvent.js"
import type { TrainState } from "./TrainState.js"

/**
 * The weights to restore, by the number of steps that they had, and the policy that asked for them.
 *
 * @category models
 */
export const Restoration = Schema.Struct({ from: Schema.Int, policy: Schema.String })
export type Restoration = typeof Restoration.Type

/**
 * The steps whose checkpoints each policy wants to be kept, by the policy's name.
 *
 * @category models
 */
export const Kept = Schema.Record(Schema.String, Schema.Array(Schema.Int))
export type Kept = typeof Kept.Type

/**
 * What policies have asked for and has not been done yet: sets to evaluate, whether to save a checkpoint, and the steps whose weights are to be restored, now or when
 * the run ends.
 *
 * @category models
 */
export const Pending = Schema.Struct({
  evaluate: Schema.Array(EvaluatedSet),
  save: Schema.Boolean,
  restore: Schema.NullOr(Restoration).pipe(withDefault(null)),
  restoreAtEnd: Schema.NullOr(Restoration).pipe(withDefault(null))
})
export type Pending = typeof Pending.Type

/**
 * A run between two of its tasks, as a value.
 *
 * @category models
 */
export interface RunState {
  readonly train: TrainState
  readonly progress: Progress.Progress
  readonly policies: ReadonlyArray<Policy.Running>
  /** The totals of the unfinished epoch. */
  readonly epoch: Measured
  /** What policies have asked for. */
  readonly pending: Pending
  /** The steps whose checkpoints each policy wants to be kept, by the policy's name. */
  readonly kept: Kept
  /** The validation scores of the current weights, if an epoch has just ended. */
  readonly validation: Scores | null
  readonly finished: boolean
}

/**
 * A run after a task, and the events of the task.
 *
 * @category models
 */
export interface Advanced {
  readonly run: RunState
  readonly events: ReadonlyArray<TrainEvent>
}
