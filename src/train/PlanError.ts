import { Result, Schema } from "effect"

/**
 * A plan cannot be run: `reason` says what is wrong with it, `fix` what to change.
 *
 * @category errors
 */
export class PlanError extends Schema.TaggedError<PlanError>()("PlanError", {
  reason: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `${this.reason}\n  fix: ${this.fix}`
  }
}

/** The failure of a check. */
export const refuse = (reason: string, fix: string): Result.Result<never, PlanError> =>
  Result.fail(new PlanError({ reason, fix }))

/** Checks a number that counts something; `example` is what the error suggests. */
export const whole = (name: string, value: number, minimum: number, example: number): Result.Result<void, PlanError> =>
  Number.isSafeInteger(value) && value >= minimum
    ? Result.void
    : refuse(
        `${name} is ${value}; expected a whole number${minimum < 0 ? "" : ` of at least ${minimum}`}`,
        `set ${name} to a number such as ${example}`
      )
