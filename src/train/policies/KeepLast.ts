import { Schema } from "effect"
import * as Policy from "../Policy.js"
import { Count, withDefault } from "../recipe/Fields.js"

/**
 * The options of `keepLast`.
 *
 * @category schemas
 */
export const KeepLastOptions = Schema.Struct({
  /** How many checkpoints at the ends of epochs are kept. */
  count: Count.pipe(withDefault(5))
})

/**
 * Keeps the checkpoints of the last epochs; without it the newest two stay, whatever they are.
 *
 * @example
 * ```ts
 * import { Policies } from "effect-tensorflow/train"
 *
 * Policies.keepLast({ count: 10 }).options // => { count: 10 }
 * ```
 *
 * @category policies
 */
export const keepLast = (given: typeof KeepLastOptions.Encoded = {}): Policy.Policy => {
  const options = Schema.decodeSync(KeepLastOptions)(given)
  return Policy.make({
    name: "keep last",
    options,
    state: Schema.Array(Schema.Int),
    initial: [],
    on: (steps, event) => {
      if (event._tag !== "EpochEnded") return [steps, []]
      const next = [...steps, event.step].slice(-options.count)
      return [next, [Policy.save, Policy.keep(next)]]
    }
  })
}
