import * as tf from "@tensorflow/tfjs-core"
import type { Schema } from "effect"
import type { Kernels } from "../model/Kernels.js"
import type { Tensors, Weights } from "../model/Tensors.js"
import type { Steps } from "./LearningRate.js"
import { mapTensors } from "./Transform.js"
import { elementwise } from "./transforms/Elementwise.js"
import type { Formula } from "./transforms/Formula.js"
import * as Joined from "./transforms/Joined.js"

/**
 * When an average is updated: after how many of the run's steps, and how many updates there were before.
 *
 * @category models
 */
export interface AverageAt {
  readonly stepsDone: number
  readonly updates: number
  readonly perEpoch: number
  readonly total: number
}

/**
 * A running average of the weights, parameters and running statistics alike: `average = decay * average + (1 - decay) * weights`.
 *
 * Evaluations, exports and the finished run use the averaged weights as soon as there are some. **State** the groups "average/params" and "average/state" of the
 * `TrainState`, and the number of updates. A step that a policy rolled back updates nothing.
 *
 * @category models
 */
export interface Average {
  readonly spec: Schema.Json
  /** Whether it begins as the initial weights; else the first update copies the weights. */
  readonly fromStart: boolean
  /** Whether the training continues from the averaged weights after each update. */
  readonly writesBack: boolean
  /** How much of the average an update keeps; `undefined` for no update after this step. */
  readonly decay: (at: AverageAt) => number | undefined
}

/**
 * The exponential moving average of the weights, updated after `every` steps (default 1) with a `decay` of 0.999 by default.
 *
 * With `warmup` (default false) early weights are forgotten sooner: the decay of the n-th update after the first is at most `1 - (1 + n)^(-2/3)`.
 *
 * **Source** `torch.optim.swa_utils.get_ema_multi_avg_fn`, of the running statistics too; the warm-up of `timm.utils.ModelEmaV3`.
 *
 * @example
 * ```ts
 * import { Average } from "effect-tensorflow/train"
 *
 * const average = Average.ema({ decay: 0.99, every: 2 })
 * const at = { updates: 3, perEpoch: 10, total: 100 }
 *
 * average.decay({ ...at, stepsDone: 8 }) // => 0.99
 * average.decay({ ...at, stepsDone: 9 }) // => undefined
 * ```
 *
 * @category averages
 */
export const ema = (
  options: { readonly decay?: number; readonly every?: number; readonly warmup?: boolean } = {}
): Average => {
  const { decay = 0.999, every = 1, warmup = false } = options
  return {
    spec: { kind: "ema", decay, every, warmup },
    fromStart: false,
    writesBack: false,
    decay: ({ stepsDone, updates }) =>
      stepsDone % every !== 0 ? undefined : warmup ? Math.min(decay, 1 - (1 + updates) ** (-2 / 3)) : decay
  }
}

/**
 * Stochastic weight averaging: the mean of the weights after each epoch, the first of them after `afterEpochs` epochs. The rate is best constant from there on.
 *
 * Running statistics are averaged as the parameters are. PyTorch recomputes them (`update_bn`) from the training images, which a wide spread of the averaged
 * weights can need.
 *
 * **Source** Izmailov et al. 2018, arXiv:1803.05407; `torch.optim.swa_utils.AveragedModel(use_buffers=True)`.
 *
 * @category averages
 */
export const swa = ({ afterEpochs }: { readonly afterEpochs: number }): Average => ({
  spec: { kind: "swa", afterEpochs },
  fromStart: false,
  writesBack: false,
  decay: ({ perEpoch, stepsDone, updates }) =>
    stepsDone % perEpoch === 0 && stepsDone >= afterEpochs * perEpoch ? updates / (updates + 1) : undefined
})

/**
 * Lookahead: after `every` steps (default 5) slow weights move towards the trained ones, `slow = d slow + (1 - d) weights`, and training continues from there.
 *
 * `d = decay * (stepsDone / total)^power`, by default 0.5 with power 0. airbench's is `{ every: 5, decay: 0.95 ** 5, power: 3 }`.
 *
 * **Source** Zhang et al. 2019, arXiv:1907.08610, with `decay = 1 - alpha`; airbench94.py of KellerJordan/cifar10-airbench.
 *
 * @category averages
 */
export const lookahead = (
  options: { readonly every?: number; readonly decay?: number; readonly power?: number } = {}
): Average => {
  const { decay = 0.5, every = 5, power = 0 } = options
  return {
    spec: { kind: "lookahead", every, decay, power },
    fromStart: true,
    writesBack: true,
    decay: ({ stepsDone, total }) => (stepsDone % every === 0 ? decay * (stepsDone / total) ** power : undefined)
  }
}

/** Whether a run of so many steps ever updates an average. @category accessors */
export const isUpdated = ({ decay }: Average, { perEpoch, total }: Steps): boolean => {
  for (let stepsDone = 1; stepsDone <= total; stepsDone++) {
    if (decay({ stepsDone, updates: 0, perEpoch, total }) !== undefined) return true
  }
  return false
}

/** The averages as groups of a `TrainState`, with the number of updates. @category models */
export type AverageGroups = Readonly<Record<string, Tensors>>

const [params, state, count] = ["average/params", "average/state", "average"] as const

/** Whether a group of a `TrainState` belongs to the averages. @category accessors */
export const isGroup = (name: string): boolean => name === count || name.startsWith(`${count}/`)

const groupsOf = (weights: Weights<tf.Tensor>, updates: number): AverageGroups => ({
  [params]: weights.params,
  [state]: weights.state,
  [count]: { updates: tf.scalar(updates) }
})

const copied = (weights: Weights<tf.Tensor>): Weights<tf.Tensor> => ({
  params: mapTensors(weights.params, (tensor) => tf.clone(tensor)),
  state: mapTensors(weights.state, (tensor) => tf.clone(tensor))
})

/** The averages before the first step: those of an average that begins as the initial weights. **Ownership** new tensors. @category transitions */
export const start = (average: Average | undefined, weights: Weights<tf.Tensor>): AverageGroups =>
  average?.fromStart === true ? groupsOf(copied(weights), 0) : {}

/** The averaged weights of a `TrainState`'s groups, if there are some. @category accessors */
export const weightsOf = <T>(groups: Readonly<Record<string, Readonly<Record<string, T>>>>): Weights<T> | undefined =>
  groups[count] === undefined ? undefined : { params: groups[params] ?? {}, state: groups[state] ?? {} }

/**
 * The averages after a step, and the weights that training continues from.
 *
 * **Ownership** what is new belongs to the enclosing `tf.tidy`; without an update, both are what was given.
 *
 * @category transitions
 */
export const advance = (
  average: Average,
  before: AverageGroups,
  weights: Weights<tf.Tensor>,
  at: Omit<AverageAt, "updates">,
  kernels?: Kernels
): { readonly groups: AverageGroups; readonly weights: Weights<tf.Tensor> } => {
  const old = weightsOf(before)
  const updates = before[count]?.updates?.dataSync()[0] ?? 0
  const decay = average.decay({ ...at, updates })
  if (decay === undefined) return { groups: before, weights }
  const averaged = old === undefined ? copied(weights) : moved(old, weights, decay, kernels)
  return {
    groups: groupsOf(averaged, updates + 1),
    weights: average.writesBack ? copied(averaged) : weights
  }
}

const moved = (
  from: Weights<tf.Tensor>,
  to: Weights<tf.Tensor>,
  decay: number,
  kernels: Kernels | undefined
): Weights<tf.Tensor> => {
  const towards = elementwise({ spec: { _tag: "Towards" }, slots: {}, formula: () => movement(decay) })
  const movedTensors = (from: Tensors, to: Tensors): Tensors =>
    Joined.advance(towards, to, {}, { params: from, step: 0, learningRate: 0, ...(kernels && { kernels }) }).params
  return { params: movedTensors(from.params, to.params), state: movedTensors(from.state, to.state) }
}

/** `from + (1 - decay) (to - from)`, which leaves what does not change as it is, bit for bit. */
const movement =
  (decay: number): Formula =>
  ({ mul, sub }, { gradient: to, parameter: from }) => ({ update: mul(sub(to, from), 1 - decay), slots: {} })
