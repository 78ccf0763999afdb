import { Schema } from "effect"
import * as Policy from "../Policy.js"
import { BelowOne, Natural, NotNegative, withDefault } from "../recipe/Fields.js"
import { Metric, Mode, modeOf, scoreIn } from "./Watched.js"

/**
 * The options of `plateau`; the defaults are PyTorch's.
 *
 * @category schemas
 */
export const PlateauOptions = Schema.Struct({
  metric: Metric.pipe(withDefault("validation/loss")),
  /** Whether a lower or a higher score is better; by default as the metric says, of a custom one higher. */
  mode: Schema.optionalKey(Mode),
  /** What the rate is multiplied by. */
  factor: BelowOne.pipe(withDefault(0.1)),
  /** Epochs in a row that may pass without a better score; the one after them lowers the rate. */
  patience: Natural.pipe(withDefault(10)),
  /** What a score must be better by to count: a part of the best score, or a difference. */
  threshold: NotNegative.pipe(withDefault(1e-4)),
  thresholdMode: Schema.Literals(["relative", "absolute"]).pipe(withDefault("relative")),
  /** Epochs after a lowering in which nothing counts. */
  cooldown: Natural.pipe(withDefault(0)),
  /** The rate is not lowered below this. */
  minimum: NotNegative.pipe(withDefault(0))
})

const State = Schema.Struct({ best: Schema.NullOr(Schema.Number), bad: Schema.Int, cooldown: Schema.Int })

/** A lowering by less is left out. */
const smallest = 1e-8

/**
 * Lowers the learning rate when a score has not become better for more than `patience` epochs.
 *
 * It multiplies what the plan's rate gives, and compares that with `minimum` by the last step of the epoch. **Source** PyTorch's `ReduceLROnPlateau`.
 *
 * @example
 * ```ts
 * import { Policies } from "effect-tensorflow/train"
 *
 * Policies.plateau({ factor: 0.5, patience: 2 }).name // => "plateau"
 * ```
 *
 * @category policies
 */
export const plateau = (given: typeof PlateauOptions.Encoded = {}): Policy.Policy => {
  const options = Schema.decodeSync(PlateauOptions)(given)
  const { cooldown, factor, metric, minimum, patience, threshold, thresholdMode } = options
  const sign = modeOf(metric, options.mode) === "max" ? 1 : -1
  const isBetter = (score: number, best: number) =>
    sign * score > sign * (thresholdMode === "relative" ? best * (1 + sign * threshold) : best + sign * threshold)
  return Policy.make({
    name: "plateau",
    options,
    metrics: [metric],
    state: State,
    initial: { best: null, bad: 0, cooldown: 0 },
    on: (state, event) => {
      if (event._tag !== "EpochEnded") return [state, []]
      const score = scoreIn(event, metric)
      const better = score !== undefined && (state.best === null || isBetter(score, state.best))
      const best = better ? score : state.best
      const bad = better || state.cooldown > 0 ? 0 : state.bad + 1
      if (bad <= patience) return [{ best, bad, cooldown: Math.max(0, state.cooldown - 1) }, []]
      const rate = Math.max(event.rate * factor, minimum)
      return [{ best, bad: 0, cooldown }, event.rate - rate > smallest ? [Policy.scaleRate(rate / event.rate)] : []]
    }
  })
}
