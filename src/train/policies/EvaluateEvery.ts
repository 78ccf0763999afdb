import { Effect, Schema } from "effect"
import * as Policy from "../Policy.js"
import { Count } from "../recipe/Fields.js"

/**
 * The options of `evaluateEvery`.
 *
 * @category schemas
 */
export const EvaluateEveryOptions = Schema.Struct({
  steps: Count,
  /** What is evaluated; by default the validation split. */
  set: Schema.Literals(["validation", "test"]).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("validation" as const))
  )
})

/**
 * Evaluates the validation split, or the test images, after every `steps` steps, in addition to the ends of epochs.
 *
 * Each gives an `Evaluated` event. Policies that decide once an epoch, such as `earlyStopping`, go by the ends of epochs as before.
 *
 * @category policies
 */
export const evaluateEvery = (given: typeof EvaluateEveryOptions.Encoded): Policy.Policy => {
  const options = Schema.decodeSync(EvaluateEveryOptions)(given)
  return Policy.make({
    name: `evaluate ${options.set}`,
    options,
    state: Schema.Null,
    initial: null,
    // So that a plan without a validation split is refused before it starts.
    metrics: options.set === "validation" ? ["validation/loss"] : [],
    on: (state, event) => [
      state,
      event._tag === "StepEnded" && (event.step + 1) % options.steps === 0 ? [Policy.evaluate(options.set)] : []
    ]
  })
}
