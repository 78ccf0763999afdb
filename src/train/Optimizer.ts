import type { Transform } from "./Transform.js"
import { chain } from "./transforms/Chain.js"
import { clipByGlobalNorm } from "./transforms/Clip.js"
import type { Decayed } from "./transforms/Decayed.js"
import { decayedWeights } from "./transforms/DecayedWeights.js"
import { type Orthogonal, orthogonalize, renormalize } from "./transforms/Orthogonalize.js"
import { type AdagradSum, scaleByAdagrad } from "./transforms/ScaleByAdagrad.js"
import { type AdamMoments, scaleByAdam } from "./transforms/ScaleByAdam.js"
import { scaleByLearningRate } from "./transforms/ScaleByLearningRate.js"
import { type NadamMoments, scaleByNadam } from "./transforms/ScaleByNadam.js"
import { type Rms, scaleByRms } from "./transforms/ScaleByRms.js"
import { scaleBySign } from "./transforms/ScaleBySign.js"
import { scaleByTrustRatio } from "./transforms/ScaleByTrustRatio.js"
import { trace } from "./transforms/Trace.js"

export { byParameter, layerwiseDecay } from "./transforms/ByParameter.js"
export { chain } from "./transforms/Chain.js"
export { type AdaptiveClipping, clipAdaptive, clipByGlobalNorm, clipByValue } from "./transforms/Clip.js"
export type { Decayed } from "./transforms/Decayed.js"
export { decayedWeights } from "./transforms/DecayedWeights.js"
export { elementwise } from "./transforms/Elementwise.js"
export type { Arithmetic, Formula, Updated } from "./transforms/Formula.js"
export { type MuonScale, type Orthogonal, orthogonalize, renormalize } from "./transforms/Orthogonalize.js"
export { partition } from "./transforms/Partition.js"
export { type AdagradSum, scaleByAdagrad } from "./transforms/ScaleByAdagrad.js"
export { type AdamMoments, scaleByAdam } from "./transforms/ScaleByAdam.js"
export { atRate, scaleByLearningRate } from "./transforms/ScaleByLearningRate.js"
export { type NadamMoments, scaleByNadam } from "./transforms/ScaleByNadam.js"
export { scaleByPath } from "./transforms/ScaleByPath.js"
export { type Rms, scaleByRms } from "./transforms/ScaleByRms.js"
export { scaleBySign } from "./transforms/ScaleBySign.js"
export { scaleByTrustRatio } from "./transforms/ScaleByTrustRatio.js"
export { trace } from "./transforms/Trace.js"

/**
 * The decay of weights, which every optimizer takes.
 *
 * @category models
 */
export interface WeightDecay {
  /** How much of each decayed parameter is added to its gradient or, where the decay is decoupled, to its update; default 0 if the optimizer does not say otherwise. */
  readonly weightDecay?: number
  /** What decays: "all" parameters, or the "weights" alone, neither norms nor biases; default "all". */
  readonly decayed?: Decayed
}

/**
 * Options of `sgd`.
 *
 * @category models
 */
export interface SgdOptions extends WeightDecay {
  /** Default 0. */
  readonly momentum?: number
  /** Default false. */
  readonly nesterov?: boolean
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
 * Optimizer.sgd({ momentum: 0.9, weightDecay: 5e-4, decayed: "weights" }).spec._tag // => "Chain"
 * ```
 *
 * @category optimizers
 */
export const sgd = ({ decayed, momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions = {}): Transform =>
  chain(decayedWeights(weightDecay, decayed), trace({ momentum, nesterov }), scaleByLearningRate)

/**
 * Adam: `g += weightDecay * w; w -= rate * scaleByAdam(g)`. **Source** `torch.optim.Adam`.
 *
 * @category optimizers
 */
export const adam = ({ decayed, weightDecay = 0, ...moments }: AdamMoments & WeightDecay = {}): Transform =>
  chain(decayedWeights(weightDecay, decayed), scaleByAdam(moments), scaleByLearningRate)

/**
 * Adam with decoupled decay, by default of 0.01: `w -= rate * (scaleByAdam(g) + weightDecay * w)`. **Source** `torch.optim.AdamW`.
 *
 * @category optimizers
 */
export const adamw = ({ decayed, weightDecay = 0.01, ...moments }: AdamMoments & WeightDecay = {}): Transform =>
  chain(scaleByAdam(moments), decayedWeights(weightDecay, decayed), scaleByLearningRate)

/**
 * Adam with Nesterov momentum: `w -= rate * (scaleByNadam(g) + weightDecay * w)`. **Source** `torch.optim.NAdam` with `decoupled_weight_decay`.
 *
 * @category optimizers
 */
export const nadam = ({ decayed, weightDecay = 0, ...moments }: NadamMoments & WeightDecay = {}): Transform =>
  chain(scaleByNadam(moments), decayedWeights(weightDecay, decayed), scaleByLearningRate)

/**
 * RMSprop, by default without momentum: `g += weightDecay * w; trace = momentum * trace + scaleByRms(g); w -= rate * trace`. **Source** `torch.optim.RMSprop`.
 *
 * @category optimizers
 */
export const rmsprop = (options: Rms & WeightDecay & { readonly momentum?: number } = {}): Transform => {
  const { decayed, momentum = 0, weightDecay = 0, ...rms } = options
  return chain(decayedWeights(weightDecay, decayed), scaleByRms(rms), trace({ momentum }), scaleByLearningRate)
}

/**
 * Adagrad: `g += weightDecay * w; w -= rate * scaleByAdagrad(g)`. **Source** `torch.optim.Adagrad`.
 *
 * @category optimizers
 */
export const adagrad = ({ decayed, weightDecay = 0, ...sum }: AdagradSum & WeightDecay = {}): Transform =>
  chain(decayedWeights(weightDecay, decayed), scaleByAdagrad(sum), scaleByLearningRate)

/**
 * Options of `lamb`.
 *
 * @category models
 */
export interface LambOptions extends AdamMoments, WeightDecay {
  /** The largest norm of all gradients together; default 1, `Infinity` for any. */
  readonly clip?: number
}

/**
 * LAMB, for large batches: Adam whose update of each parameter is scaled to the parameter's norm: `u = scaleByAdam(g) + weightDecay * w; w -= rate * |w| / |u| * u`.
 *
 * Gradients are clipped to a global norm of 1 first. Decay is 0.01 by default, epsilon 1e-6. Parameters that do not decay are not scaled, so without any decay this is Adam.
 * **Source** `timm.optim.Lamb`.
 *
 * @category optimizers
 */
export const lamb = (options: LambOptions = {}): Transform => {
  const { clip = 1, decayed = "all", epsilon = 1e-6, weightDecay = 0.01, ...moments } = options
  return chain(
    ...(clip === Number.POSITIVE_INFINITY ? [] : [clipByGlobalNorm(clip)]),
    scaleByAdam({ ...moments, epsilon }),
    ...(weightDecay === 0 ? [] : [decayedWeights(weightDecay, decayed), scaleByTrustRatio(decayed)]),
    scaleByLearningRate
  )
}

/**
 * Lion: `w -= rate * (scaleBySign(g) + weightDecay * w)`, with rates 3 to 10 times smaller than those of AdamW. **Source** `timm.optim.Lion`.
 *
 * @category optimizers
 */
export const lion = (options: WeightDecay & { readonly betas?: readonly [number, number] } = {}): Transform => {
  const { decayed, weightDecay = 0, ...sign } = options
  return chain(scaleBySign(sign), decayedWeights(weightDecay, decayed), scaleByLearningRate)
}

/**
 * Options of `muon`.
 *
 * @category models
 */
export interface MuonOptions extends Orthogonal {
  /** Default 0.95. */
  readonly momentum?: number
  /** Default true. */
  readonly nesterov?: boolean
  /** Decoupled, and not scaled; default 0.1. */
  readonly weightDecay?: number
  /** Rescales each parameter to the norm `sqrt(outputs)` before its update, as airbench does; default false. */
  readonly renormalized?: boolean
}

/**
 * Muon, for matrices and kernels of convolutions: momentum, made orthogonal: `w -= rate * (scale * orthogonalize(trace(g)) + weightDecay * w)`.
 *
 * Norms, biases and usually the last layer need another optimizer in another part of a `partition`. airbench's are
 * `muon({ momentum: 0.6, rounds: 3, scale: "none", weightDecay: 0, renormalized: true })`.
 * **Source** `torch.optim.Muon`, whose momentum has another scale, of which the update is independent.
 *
 * @example
 * ```ts
 * import { MnistCnn } from "effect-tensorflow/model"
 * import { Optimizer } from "effect-tensorflow/train"
 *
 * const network = MnistCnn.make({ input: { height: 28, width: 28, channels: 1 }, classes: 10 })
 * const label = Optimizer.byParameter(network, ({ deepest, depth, shape }) =>
 *   shape.length > 1 && depth < deepest ? "matrices" : "others"
 * )
 * const { matrices, others } = { matrices: Optimizer.muon(), others: Optimizer.atRate(0.015, Optimizer.adamw()) }
 *
 * Optimizer.partition(label, { matrices, others }).spec._tag // => "Partition"
 * ```
 *
 * @category optimizers
 */
export const muon = (options: MuonOptions = {}): Transform => {
  const { momentum = 0.95, nesterov = true, renormalized = false, weightDecay = 0.1, ...orthogonal } = options
  return chain(
    trace({ momentum, nesterov }),
    orthogonalize(orthogonal),
    decayedWeights(weightDecay),
    scaleByLearningRate,
    ...(renormalized ? [renormalize] : [])
  )
}
