import { Schema } from "effect"
import * as Policy from "../Policy.js"
import { Count, withDefault } from "../recipe/Fields.js"
import { Metric, Mode, modeOf, scoreIn } from "./Watched.js"

/**
 * The options of `keepBest`.
 *
 * @category schemas
 */
export const KeepBestOptions = Schema.Struct({
  metric: Metric.pipe(withDefault("validation/accuracy")),
  /** Whether a lower or a higher score is better; by default as the metric says, of a custom one higher. */
  mode: Schema.optionalKey(Mode),
  /** How many checkpoints are kept. */
  count: Count.pipe(withDefault(1))
})

const State = Schema.Array(Schema.Struct({ step: Schema.Int, score: Schema.Number }))

/**
 * Keeps the checkpoints with the best scores, in addition to the newest two; of equal scores the earlier.
 *
 * A score between two epochs counts too, where another policy asks for an evaluation: it saves a checkpoint then.
 *
 * @example
 * ```ts
 * import { Policies } from "effect-tensorflow/train"
 *
 * Policies.keepBest({ metric: "validation/loss", count: 3 }).options // => { metric: "validation/loss", count: 3 }
 * ```
 *
 * @category policies
 */
export const keepBest = (given: typeof KeepBestOptions.Encoded = {}): Policy.Policy => {
  const options = Schema.decodeSync(KeepBestOptions)(given)
  const { count, metric } = options
  const sign = modeOf(metric, options.mode) === "max" ? 1 : -1
  return Policy.make({
    name: keepBestName,
    options,
    metrics: [metric],
    state: State,
    initial: [],
    on: (best, event) => {
      if (event._tag !== "EpochEnded" && event._tag !== "Evaluated") return [best, []]
      const score = scoreIn(event, metric)
      if (score === undefined) return [best, []]
      const others = best.filter(({ step }) => step !== event.step)
      const next = [...others, { step: event.step, score }]
        .sort((a, b) => sign * (b.score - a.score) || a.step - b.step)
        .slice(0, count)
      if (!next.some(({ step }) => step === event.step)) return [next, []]
      return [next, [Policy.save, Policy.keep(next.map(({ step }) => step))]]
    }
  })
}

/** The name of `keepBest`, of which a plan has one. */
export const keepBestName = "keep best"
