import { Result } from "effect"
import { type PlanError, refuse } from "../PlanError.js"

/** Fails unless there is a weight of at least 0 for each output, and not all of them are 0. */
export const weights = (
  name: string,
  values: ReadonlyArray<number> | undefined,
  outputs: number
): Result.Result<void, PlanError> => {
  if (values === undefined) return Result.void
  if (values.length !== outputs) {
    return refuse(
      `${name} has ${values.length} numbers for ${outputs} outputs`,
      "give a weight for each output, in their order"
    )
  }
  return values.every((value) => Number.isFinite(value) && value >= 0) && values.some((value) => value > 0)
    ? Result.void
    : refuse(
        `${name} is [${values.join(", ")}]; expected numbers of at least 0 that are not all 0`,
        "give each output a weight such as 1, and more to those that are rare"
      )
}

/** Fails unless `isValid`. */
export const option = (
  name: string,
  value: number,
  isValid: boolean,
  expected: string,
  example: number
): Result.Result<void, PlanError> =>
  isValid
    ? Result.void
    : refuse(`${name} of the loss is ${value}; expected ${expected}`, `set ${name} to a number such as ${example}`)

/** Fails with the first failure. */
export const all = (...checks: ReadonlyArray<Result.Result<void, PlanError>>): Result.Result<void, PlanError> =>
  checks.find(Result.isFailure) ?? Result.void

/** Fails for an exponent of a focal loss below 1, whose gradient is infinite where the network is sure. */
export const gamma = (value: number): Result.Result<void, PlanError> =>
  option("gamma", value, Number.isFinite(value) && value >= 1, "at least 1", 2)
