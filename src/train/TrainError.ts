import { Schema } from "effect"
import { WeightsError } from "../model/weights/WeightsError.js"

/**
 * The loss or the learning rate of a step is not a number.
 *
 * @category errors
 */
export class DivergedError extends Schema.TaggedError<DivergedError>()("DivergedError", {
  quantity: Schema.Literals(["loss", "rate"]),
  value: Schema.String,
  step: Schema.Int,
  epoch: Schema.Int
}) {
  override get message(): string {
    const fix =
      this.quantity === "loss"
        ? "lower the learning rate, warm it up, or look for images or labels that are out of range"
        : "give a learning rate that is a finite number of at least 0 at every step"
    return `the ${this.quantity} of step ${this.step + 1} (epoch ${this.epoch + 1}) is ${this.value}; expected a finite number\n  fix: ${fix}`
  }
}

/**
 * A part of the plan throws, or returns something else than its type promises: `part` says which.
 *
 * @category errors
 */
export class PartError extends Schema.TaggedError<PartError>()("PartError", {
  part: Schema.Literals(["loss", "optimizer", "network", "policy", "learning rate", "metric"]),
  reason: Schema.String,
  fix: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `the ${this.part} of the plan ${this.reason}\n  fix: ${this.fix}`
  }
}

/**
 * A part of the plan left tensors behind (`delta` above 0), or freed some that are not its own (below 0), at a step counted from 0: `stage` says which part.
 * Left alone, a run with such a part ends when the memory is full.
 *
 * @category errors
 */
export class TensorLeakError extends Schema.TaggedError<TensorLeakError>()("TensorLeakError", {
  step: Schema.Int,
  delta: Schema.Int,
  stage: Schema.Literals(["network", "loss", "optimizer", "evaluation", "policy", "learning rate"])
}) {
  override get message(): string {
    const count = Math.abs(this.delta)
    const tensors = count === 1 ? "1 tensor" : `${count} tensors`
    const where = this.stage === "evaluation" ? "the evaluation after" : `the ${this.stage} in`
    return this.delta > 0
      ? `${where} step ${this.step + 1} left ${tensors} behind; expected none, since each step would leave more until the memory is full
  fix: in custom layers, losses, transforms and policies, leave out tf.keep and make no tensor outside of the call; a constant is made before the run, or in every call`
      : `${where} step ${this.step + 1} freed ${tensors} that the run still owns; expected it to free only what it made
  fix: leave out the dispose of what a custom part is given; what it makes in the call is freed for it`
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/**
 * Runs a part of the plan. What it throws becomes a `PartError`, except a `WeightsError`, whose message is better.
 *
 * @category errors
 */
export const guard = <A>(part: PartError["part"], run: () => A): A => {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof PartError || cause instanceof TensorLeakError || cause instanceof WeightsError) throw cause
    throw new PartError({
      part,
      reason: `threw: ${messageOf(cause)}`,
      fix: `correct the ${part}; it was called with a batch or an event of this run`,
      cause
    })
  }
}
