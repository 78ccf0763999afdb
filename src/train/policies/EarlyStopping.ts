import { Schema } from "effect"
import * as Policy from "../Policy.js"
import { Count, NotNegative, withDefault } from "../recipe/Fields.js"
import { Metric, Mode, modeOf, scoreIn } from "./Watched.js"

/**
 * The options of `earlyStopping`.
 *
 * @category schemas
 */
export const EarlyStoppingOptions = Schema.Struct({
  metric: Metric.pipe(withDefault("validation/loss")),
  /** Whether a lower or a higher score is better; by default as the metric says, of a custom one higher. */
  mode: Schema.optionalKey(Mode),
  /** Epochs in a row that may pass without a better score before the last of them ends the run. */
  patience: Count.pipe(withDefault(3)),
  /** What a score must be better by to count. */
  minDelta: NotNegative.pipe(withDefault(0)),
  /** Whether the run ends with the weights of its best epoch, also when it comes to its last epoch. */
  restoreBest: Schema.Boolean.pipe(withDefault(true))
})

const State = Schema.Struct({ best: Schema.NullOr(Schema.Number), step: Schema.Int, waited: Schema.Int })

/**
 * Ends the run when a score has not become better for `patience` epochs, and gives it the weights of its best epoch.
 *
 * A score that is not a number is not better. **Source** Prechelt 1998, "Early Stopping, but When?"; counts as Lightning's `EarlyStopping` does, whose default `patience` is 3 too.
 *
 * @example
 * ```ts
 * import { Policies } from "effect-tensorflow/train"
 *
 * const policy = Policies.earlyStopping({ metric: "validation/accuracy", patience: 5 })
 *
 * policy.options // => { metric: "validation/accuracy", patience: 5, minDelta: 0, restoreBest: true }
 * ```
 *
 * @category policies
 */
export const earlyStopping = (given: typeof EarlyStoppingOptions.Encoded = {}): Policy.Policy => {
  const options = Schema.decodeSync(EarlyStoppingOptions)(given)
  const { metric, minDelta, patience, restoreBest } = options
  const sign = modeOf(metric, options.mode) === "max" ? 1 : -1
  return Policy.make({
    name: "early stopping",
    options,
    metrics: [metric],
    state: State,
    initial: { best: null, step: 0, waited: 0 },
    on: (state, event) => {
      if (event._tag !== "EpochEnded") return [state, []]
      const score = scoreIn(event, metric)
      if (score !== undefined && (state.best === null || sign * (score - state.best) > minDelta)) {
        const { step } = event
        const commands = restoreBest ? [Policy.keep([step]), Policy.restoreAtEnd(step)] : []
        return [{ best: score, step, waited: 0 }, commands]
      }
      const waited = state.waited + 1
      const reason = `${metric} has not become better than ${state.best ?? "nothing"} for ${waited} ${waited === 1 ? "epoch" : "epochs"}`
      return [{ ...state, waited }, waited >= patience ? [Policy.stop(reason)] : []]
    }
  })
}
