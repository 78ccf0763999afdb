import { Schema } from "effect"
import * as Policy from "../Policy.js"
import { Count, described } from "../recipe/Fields.js"

const Minutes = described(Schema.Finite.check(Schema.isGreaterThan(0)), "a number of minutes above 0")

/**
 * The options of `budget`: the run ends with the first that is used up.
 *
 * @category schemas
 */
export const BudgetOptions = Schema.Struct({
  /** Minutes of training, without evaluation. */
  minutes: Schema.optionalKey(Minutes),
  steps: Schema.optionalKey(Count),
  epochs: Schema.optionalKey(Count)
})

/**
 * Ends the run when its time, steps or epochs are used up, with a checkpoint: its learning rate is still that of the whole plan.
 *
 * Time is what the steps took, as their events say; a resumed run goes on counting, and one that repeats steps counts the time that they take now.
 *
 * @example
 * ```ts
 * import { Policies } from "effect-tensorflow/train"
 *
 * Policies.budget({ minutes: 30 }).options // => { minutes: 30 }
 * ```
 *
 * @category policies
 */
export const budget = (given: typeof BudgetOptions.Encoded): Policy.Policy => {
  const options = Schema.decodeSync(BudgetOptions)(given)
  const { epochs = Infinity, minutes = Infinity, steps = Infinity } = options
  return Policy.make({
    name: "budget",
    options,
    state: Schema.Struct({ millis: Schema.Number }),
    initial: { millis: 0 },
    on: (state, event) => {
      if (event._tag === "EpochEnded") {
        return [state, event.epoch + 1 >= epochs ? [Policy.stop(`the budget of ${epochs} epochs is used up`)] : []]
      }
      if (event._tag !== "StepEnded") return [state, []]
      const millis = state.millis + event.millis
      if (event.step + 1 >= steps) return [{ millis }, [Policy.stop(`the budget of ${steps} steps is used up`)]]
      if (millis >= minutes * 60_000) return [{ millis }, [Policy.stop(`the budget of ${minutes} minutes is used up`)]]
      return [{ millis }, []]
    }
  })
}

/**
 * The options of `saveEveryMinutes`.
 *
 * @category schemas
 */
export const SaveEveryMinutesOptions = Schema.Struct({ minutes: Minutes })

/**
 * Saves a checkpoint after every `minutes` of training, without evaluation.
 *
 * Time is what the steps took, as their events say.
 *
 * @category policies
 */
export const saveEveryMinutes = (given: typeof SaveEveryMinutesOptions.Encoded): Policy.Policy => {
  const options = Schema.decodeSync(SaveEveryMinutesOptions)(given)
  return Policy.make({
    name: "save every minutes",
    options,
    state: Schema.Struct({ millis: Schema.Number }),
    initial: { millis: 0 },
    on: (state, event) => {
      if (event._tag !== "StepEnded") return [state, []]
      const millis = state.millis + event.millis
      return millis >= options.minutes * 60_000 ? [{ millis: 0 }, [Policy.save]] : [{ millis }, []]
    }
  })
}
