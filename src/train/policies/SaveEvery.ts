import { Schema } from "effect"
import * as Policy from "../Policy.js"

/**
 * Saves a checkpoint after every `steps` steps.
 *
 * @category policies
 */
export const saveEvery = (steps: number): Policy.Policy =>
  Policy.make({
    name: "save every",
    options: { steps },
    state: Schema.Null,
    initial: null,
    on: (state, event) => [state, event._tag === "StepEnded" && (event.step + 1) % steps === 0 ? [Policy.save] : []]
  })

/**
 * Saves a checkpoint at the end of every epoch, after it was evaluated.
 *
 * @category policies
 */
export const saveEachEpoch: Policy.Policy = Policy.make({
  name: "save each epoch",
  state: Schema.Null,
  initial: null,
  on: (state, event) => [state, event._tag === "EpochEnded" ? [Policy.save] : []]
})
