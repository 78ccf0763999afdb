import * as tf from "@tensorflow/tfjs-core"
import { valueAndGradients } from "../internal/Gradients.js"
import * as Random from "../internal/Random.js"
import * as Apply from "../model/Apply.js"
import type { Kernels } from "../model/Kernels.js"
import type { Network } from "../model/Network.js"
import type { Tensors } from "../model/Tensors.js"
import type { Loss } from "./Loss.js"
import * as PartChecks from "./PartChecks.js"
import { guard } from "./TrainError.js"
import * as TrainState from "./TrainState.js"
import { mapTensors, type Transform } from "./Transform.js"
import { advance } from "./transforms/Joined.js"

/**
 * The result of a step: a state whose tensors are all new, and the batch's mean loss and what the network gave for it, `[n, outputs]` in host
 * memory, before the update.
 *
 * @category models
 */
export interface StepResult {
  readonly next: TrainState.TrainState
  readonly loss: number
  readonly outputs: Float32Array
}

/**
 * One optimizer step, synchronous and pure but for the tensors it makes.
 *
 * @category models
 */
export type Step = (
  train: TrainState.TrainState,
  images: tf.Tensor4D,
  targets: tf.Tensor2D,
  learningRate: number
) => StepResult

/**
 * The step of a network: forward pass in train mode, mean loss, gradients of the trainable parameters, optimizer.
 *
 * **State** parameters whose paths are `frozen` never change: they have no gradients and no slots. A layer whose
 * parameters are all frozen works as in evaluation.
 * **Errors** throws a `PartError` when the loss, the optimizer or a layer throws or returns something else than its type promises.
 * **Ownership** the tensors of `next` and of the given state belong to the caller; all others are freed, also when it throws.
 *
 * @category constructors
 */
export const make = (options: {
  readonly network: Network
  readonly kernels: Kernels
  readonly loss: Loss
  readonly optimizer: Transform
  /** The seed of layers that draw random numbers, such as dropout. */
  readonly seed: number
  readonly frozen?: TrainState.Frozen
}): Step => {
  const { frozen, kernels, loss, optimizer, seed } = options
  const forward = Apply.apply(options.network)
  return (train, images, targets, learningRate) => {
    TrainState.checkAlive(train)
    const owned = ownedAfter(train)
    const { params, state } = TrainState.weights(train)
    const trainable = Object.fromEntries(Object.entries(params).filter(([path]) => frozen?.(path) !== true))
    return tf.tidy(() => {
      const objective = (values: Tensors) => {
        const [outputs, nextState] = guard("network", () =>
          forward({ ...params, ...values }, state, images, {
            kernels,
            mode: "train",
            ...(frozen === undefined ? {} : { frozen }),
            noise: (path) => Random.make(seed, "noise", train.step, path)
          })
        )
        return {
          value: PartChecks.meanLoss(loss, outputs, targets),
          aux: { ...owned(nextState), [given]: outputs }
        }
      }
      const { aux, gradients, value } = PartChecks.differentiated(() => valueAndGradients(objective, trainable))
      const { [given]: outputs, ...nextState } = aux
      try {
        const at = { params: trainable, step: train.step, learningRate }
        const updated = advance(optimizer, gradients, TrainState.slots(train), at)
        const nextParams = owned({ ...params, ...updated.params })
        const nextSlots = Object.fromEntries(
          Object.entries(updated.slots).map(([group, tensors]) => [group, owned(tensors)])
        )
        return {
          next: { ...TrainState.make(train.step + 1, { params: nextParams, state: nextState }, nextSlots) },
          loss: value.dataSync()[0] ?? Number.NaN,
          outputs: Float32Array.from(outputs?.dataSync() ?? [])
        }
      } catch (cause) {
        tf.dispose(nextState)
        throw cause
      } finally {
        outputs?.dispose()
      }
    })
  }
}

/** The name of the network's outputs among the auxiliary tensors; names in the network's state have no spaces. */
const given = "network outputs"

/** The tensors, with a clone of each that belongs to the state before, which will be freed. */
const ownedAfter = ({ groups }: TrainState.TrainState): ((tensors: Tensors) => Tensors) => {
  const before = new Set(Object.values(groups).flatMap((tensors) => Object.values(tensors)))
  return (tensors) => mapTensors(tensors, (tensor) => (before.has(tensor) ? tf.clone(tensor) : tensor))
}
