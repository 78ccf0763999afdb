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
  part: Schema.Literals(["loss", "optimizer", "network", "policy", "learning rate"]),
  reason: Schema.String,
  fix: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `the ${this.part} of the plan ${this.reason}\n  fix: ${this.fix}`
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
    if (cause instanceof PartError || cause instanceof WeightsError) throw cause
    throw new PartError({
      part,
      reason: `threw: ${messageOf(cause)}`,
      fix: `correct the ${part}; it was called with a batch or an event of this run`,
      cause
    })
  }
}
