import * as tf from "@tensorflow/tfjs-core"
import * as Random from "../internal/Random.js"
import * as Tape from "../internal/Tape.js"
import * as Apply from "../model/Apply.js"
import type { Kernels } from "../model/Kernels.js"
import type { Network } from "../model/Network.js"
import type { Tensors } from "../model/Tensors.js"
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
 * The step of a network: forward in train mode, mean loss, gradients of every parameter, optimizer update.
 *
 * **Ownership** the tensors of `next` belong to the caller, those of the state given stay the caller's; all else is freed, also when it throws.
 */
export const make = (options: {
  readonly network: Network
  readonly kernels: Kernels
  readonly loss: Loss
  readonly optimizer: Optimizer
  /** Of the layers that draw random numbers, such as dropout. */
  readonly seed: number
}): Step => {
  const { kernels, loss, optimizer, seed } = options
  const forward = Apply.apply(options.network)
  return (train, images, labels, rate) => {
    const paths = Object.keys(train.params)
    // The gradient function returns one scalar; what else it makes is kept out of its scope by hand.
    const kept: Array<tf.Tensor> = []
    const keep = <T extends tf.Tensor>(tensor: T): T => {
      kept.push(tf.keep(tensor))
      return tensor
    }
    try {
      return tf.tidy(() => {
        let state: Tensors = {}
        let correct: tf.Tensor | undefined
        const objective = (...values: ReadonlyArray<tf.Tensor>): tf.Scalar => {
          const params = Object.fromEntries(paths.map((path, i) => [path, values[i]!]))
          const [logits, nextState] = forward(params, train.state, images, {
            kernels,
            mode: "train",
            noise: (path) => Random.make(seed, "noise", train.step, path)
          })
          state = Object.fromEntries(
            Object.entries(nextState).map(([path, value]) => [
              path,
              // What the network left as it was stays the caller's; the next state gets a handle of its own.
              keep(value === train.state[path] ? tf.clone(value) : value)
            ])
          )
          correct = keep(countCorrect(logits, labels))
          return loss.mean(logits, labels)
        }
        const { value, grads } = tf.valueAndGrads(objective)(paths.map((path) => train.params[path]!))
        const gradients = Object.fromEntries(paths.map((path, i) => [path, grads[i]!]))
        const updated = optimizer.update({ params: train.params, gradients, slots: train.slots, rate })
        const meanLoss = value.dataSync()[0]!
        const rightOnes = correct?.dataSync()[0] ?? 0
        correct?.dispose()
        return {
          next: { step: train.step + 1, params: updated.params, state, slots: updated.slots },
          loss: meanLoss,
          correct: rightOnes
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
