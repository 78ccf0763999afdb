import { Result, Schema } from "effect"
import type { EvaluatedSet, TrainEvent } from "./TrainEvent.js"

/**
 * What a policy asks of a run.
 *
 * `Save` saves a checkpoint; `Stop` ends the run as finished, with a checkpoint; `ScaleRate` multiplies the learning rate of all later steps; `Rollback`
 * undoes the step that has just ended; `Evaluate` evaluates a set, and policies see that event too; `Restore` puts the weights of an earlier step, and the
 * optimizer's state, in place of the run's, now or when the run ends; `Keep` names the steps whose checkpoints are not removed, in place of those that the
 * policy named before. A step can be restored if its checkpoint was saved and kept; step 0 always.
 *
 * @category models
 */
export type Command =
  | { readonly _tag: "Save" }
  | { readonly _tag: "Stop"; readonly reason: string }
  | { readonly _tag: "ScaleRate"; readonly factor: number }
  | { readonly _tag: "Rollback" }
  | { readonly _tag: "Evaluate"; readonly set: EvaluatedSet }
  | { readonly _tag: "Restore"; readonly step: number; readonly when: "now" | "end" }
  | { readonly _tag: "Keep"; readonly steps: ReadonlyArray<number> }

/** Save a checkpoint. @category commands */
export const save: Command = { _tag: "Save" }
/** End the run as finished. @category commands */
export const stop = (reason: string): Command => ({ _tag: "Stop", reason })
/** Multiply the learning rate of all later steps. @category commands */
export const scaleRate = (factor: number): Command => ({ _tag: "ScaleRate", factor })
/** Undo the step that has just ended. @category commands */
export const rollback: Command = { _tag: "Rollback" }
/** Evaluate a set now. @category commands */
export const evaluate = (set: EvaluatedSet): Command => ({ _tag: "Evaluate", set })
/** Go on with the weights that the run had after `step` steps. @category commands */
export const restore = (step: number): Command => ({ _tag: "Restore", step, when: "now" })
/** End the run, whenever that is, with the weights that it had after `step` steps. @category commands */
export const restoreAtEnd = (step: number): Command => ({ _tag: "Restore", step, when: "end" })
/** Keep the checkpoints after these steps, and no longer those that the policy named before. @category commands */
export const keep = (steps: ReadonlyArray<number>): Command => ({ _tag: "Keep", steps })

/**
 * A policy during a run: its answer to the next event, and its state as JSON, for a checkpoint.
 *
 * @category models
 */
export interface Running {
  readonly name: string
  readonly on: (event: TrainEvent) => readonly [next: Running, commands: ReadonlyArray<Command>]
  readonly state: Schema.Json
}

/**
 * A pure function of the events of a run that decides what happens next.
 *
 * @category models
 */
export interface Policy {
  readonly name: string
  /** Its options, which a checkpoint records and a resume compares. */
  readonly options: Schema.Json
  /** The scores that it decides by, such as `validation/accuracy`, which the plan must give. */
  readonly metrics: ReadonlyArray<string>
  readonly start: Running
  /** The policy with a state from a checkpoint. */
  readonly restore: (state: unknown) => Result.Result<Running, string>
}

/**
 * A policy from a pure function of its state and an event. It sees each `StepEnded`, `EpochEnded` and `Evaluated`, but not what policies
 * decide; a resumed run decides the same.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Policy } from "effect-tensorflow/train"
 *
 * const stopAt = (accuracy: number) =>
 *   Policy.make({
 *     name: "stop at an accuracy",
 *     options: { accuracy },
 *     state: Schema.Null,
 *     initial: null,
 *     on: (state, event) =>
 *       event._tag === "EpochEnded" && (event.train.metrics.accuracy ?? 0) >= accuracy
 *         ? [state, [Policy.stop(`train accuracy reached ${accuracy}`)]]
 *         : [state, []]
 *   })
 * stopAt(0.9).name // => "stop at an accuracy"
 * ```
 *
 * @category constructors
 */
export const make = <S>(policy: {
  readonly name: string
  readonly options?: Schema.Json
  readonly metrics?: ReadonlyArray<string>
  readonly state: Schema.Codec<S, Schema.Json>
  readonly initial: S
  readonly on: (state: S, event: TrainEvent) => readonly [next: S, commands: ReadonlyArray<Command>]
}): Policy => {
  const { metrics = [], name, on, options = null } = policy
  // The JSON codec, since JSON has no infinity, which the lowest loss so far often begins as.
  const codec = Schema.toCodecJson(policy.state)
  const encode = Schema.encodeSync(codec)
  const decode = Schema.decodeUnknownResult(codec)
  const running = (state: S): Running => ({
    name,
    on: (event) => {
      const [next, commands] = on(state, event)
      return [running(next), commands]
    },
    get state() {
      return encode(state)
    }
  })
  return {
    name,
    options,
    metrics,
    start: running(policy.initial),
    restore: (state) => decode(state).pipe(Result.mapBoth({ onSuccess: running, onFailure: ({ message }) => message }))
  }
}
