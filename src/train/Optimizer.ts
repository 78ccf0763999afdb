import type { Transform } from "./Transform.js"
import { chain } from "./transforms/Chain.js"
import { decayedWeights } from "./transforms/DecayedWeights.js"
import { scaleByLearningRate } from "./transforms/ScaleByLearningRate.js"
import { trace } from "./transforms/Trace.js"

export { chain } from "./transforms/Chain.js"
export { decayedWeights } from "./transforms/DecayedWeights.js"
export { partition } from "./transforms/Partition.js"
export { atRate, scaleByLearningRate } from "./transforms/ScaleByLearningRate.js"
export { trace } from "./transforms/Trace.js"

/**
 * Options of `sgd`.
 *
 * @category models
 */
export interface SgdOptions {
  /** Default 0. */
  readonly momentum?: number
  /** Default false. */
  readonly nesterov?: boolean
  /** Added to the gradient as `weightDecay * parameter`, of every parameter; default 0. */
  readonly weightDecay?: number
}

/**
 * Stochastic gradient descent with momentum: a chain of `decayedWeights`, `trace` and `scaleByLearningRate`.
 *
 * `g += weightDecay * w; trace = momentum * trace + g; w -= rate * (nesterov ? g + momentum * trace : trace)`, as in PyTorch.
 *
 * @example
 * ```ts
 * import { Optimizer } from "effect-tensorflow/train"
 *
 * Optimizer.sgd({ momentum: 0.9, weightDecay: 5e-4 }).spec._tag // => "Chain"
 * ```
 *
 * @category optimizers
 */
export const sgd = ({ momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions = {}): Transform =>
  chain(decayedWeights(weightDecay), trace({ momentum, nesterov }), scaleByLearningRate)
