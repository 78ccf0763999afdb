import * as tf from "@tensorflow/tfjs-core"
import { valueAndGradients } from "../internal/Gradients.js"
import * as Random from "../internal/Random.js"
import * as Tape from "../internal/Tape.js"
import * as Apply from "../model/Apply.js"
import type { Kernels } from "../model/Kernels.js"
import type { Network } from "../model/Network.js"
import type { Tensors, Weights } from "../model/Tensors.js"
import type { Loss } from "./Loss.js"
import type { Optimizer } from "./Optimizer.js"

/** Everything that a step changes: what is learned, running statistics, optimizer slots, and how many steps are done. */
export interface TrainState {
  readonly step: number
  readonly params: Tensors
  readonly state: Tensors
  readonly slots: Tensors
}

/** What a step gives: a state whose tensors are all new, the batch's mean loss and how many of it were right before the update. */
export interface StepResult {
  readonly next: TrainState
  readonly loss: number
  readonly correct: number
}

/** One optimizer step, synchronous and pure but for the tensors it makes. */
export type Step = (train: TrainState, images: tf.Tensor4D, labels: tf.Tensor1D, rate: number) => StepResult

/**
 * The state that a run begins with: the weights given, and the slots of what is learned.
 *
 * **Ownership** the state takes over the weights' tensors.
 */
export const start = (
  { params, state }: Weights<tf.Tensor>,
  { frozen = nothing, optimizer }: { readonly optimizer: Optimizer; readonly frozen?: Frozen }
): TrainState => ({
  step: 0,
  params,
  state,
  slots: optimizer.init(Object.fromEntries(Object.entries(params).filter(([path]) => !frozen(path))))
})

/** Whether the parameter at a path stays as it is; `undefined` where all learn. */
type Frozen = ((path: string) => boolean) | undefined

const nothing = () => false

/**
 * The step of a network: forward in train mode, mean loss, gradients of what is learned, optimizer update.
 *
 * **State** parameters whose paths are `frozen` stay as they are: they have no gradient, which is not computed at all, and no slots. A layer whose
 * parameters are all frozen works as in `eval`.
 * **Ownership** the tensors of `next` belong to the caller, those of the state given stay the caller's; all else is freed, also when it throws.
 */
export const make = (options: {
  readonly network: Network
  readonly kernels: Kernels
  readonly loss: Loss
  readonly optimizer: Optimizer
  /** Of the layers that draw random numbers, such as dropout. */
  readonly seed: number
  readonly frozen?: Frozen
}): Step => {
  const { frozen = nothing, kernels, loss, optimizer, seed } = options
  const forward = Apply.apply(options.network)
  return (train, images, labels, rate) => {
    const paths = Object.keys(train.params).filter((path) => !frozen(path))
    const learned = Object.fromEntries(paths.map((path) => [path, train.params[path]!]))
    // The gradient function returns one scalar; what else it makes is kept out of its scope by hand.
    const kept: Array<tf.Tensor> = []
    const keep = <T extends tf.Tensor>(tensor: T): T => {
      kept.push(tf.keep(tensor))
      return tensor
    }
    try {
      return tf.tidy(() => {
        let state: Tensors = {}
        let hits: tf.Tensor | undefined
        const objective = (values: Tensors): tf.Scalar => {
          const [logits, nextState] = forward({ ...train.params, ...values }, train.state, images, {
            kernels,
            mode: "train",
            frozen,
            noise: (path) => Random.make(seed, "noise", train.step, path)
          })
          state = Object.fromEntries(
            Object.entries(nextState).map(([path, value]) => [
              path,
              // What the network left as it was stays the caller's; the next state gets a handle of its own.
              keep(value === train.state[path] ? tf.clone(value) : value)
            ])
          )
          hits = keep(countCorrect(logits, labels))
          return loss.mean(logits, labels)
        }
        const { gradients, value } = valueAndGradients(objective, learned)
        const updated = optimizer.update({ params: learned, gradients, slots: train.slots, rate })
        const params = Object.fromEntries(
          Object.entries(train.params).map(([path, value]) => [path, updated.params[path] ?? tf.clone(value)])
        )
        const meanLoss = value.dataSync()[0]!
        const correct = hits?.dataSync()[0] ?? 0
        hits?.dispose()
        return {
          next: { step: train.step + 1, params, state, slots: updated.slots },
          loss: meanLoss,
          correct
        }
      })
    } catch (cause) {
      tf.dispose(kept)
      Tape.discard()
      throw cause
    }
  }
}

/** How many of the batch have their largest logit at the label, as an int32 scalar. */
export const countCorrect = (logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar =>
  tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), "int32")))

/** Frees all tensors of a state. */
export const dispose = ({ params, state, slots }: TrainState): void => tf.dispose([params, state, slots])
