import type { Transform } from "../Transform.js"
import { type Decayed, isDecayed } from "./Decayed.js"
import { elementwise } from "./Elementwise.js"

/**
 * Adds `decay * parameter` to each update, of all parameters or, with "weights", of those that are neither of a norm nor a bias.
 *
 * Before the transforms that scale gradients it is L2 regularisation, which SGD calls weight decay; after them, and before the learning rate, it is the
 * decoupled decay of AdamW.
 *
 * **Source** Loshchilov and Hutter 2017, arXiv:1711.05101.
 *
 * @category transforms
 */
export const decayedWeights = (decay: number, decayed: Decayed = "all"): Transform =>
  elementwise({
    spec: { _tag: "DecayedWeights", decay, ...(decayed === "all" ? {} : { decayed }) },
    slots: {},
    formula:
      () =>
      ({ add, mul }, { gradient, parameter, rank }) => ({
        update: decay !== 0 && isDecayed(decayed, { rank }) ? add(gradient, mul(parameter, decay)) : gradient,
        slots: {}
      })
  })
