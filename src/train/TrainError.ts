import { Schema } from "effect"

/** The run cannot go on: the loss, or the rate, of a step is not a number. */
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
