import * as tf from "@tensorflow/tfjs-core"
import { valueAndGradients } from "../internal/Gradients.js"
import * as Random from "../internal/Random.js"
import * as Apply from "../model/Apply.js"
import type { Kernels } from "../model/Kernels.js"
import type { Network } from "../model/Network.js"
import type { Tensors } from "../model/Tensors.js"
import type { Loss } from "./Loss.js"
import { guard, PartError } from "./TrainError.js"
import * as TrainState from "./TrainState.js"
import type { At, Slots, Transform } from "./Transform.js"
import { advance } from "./transforms/Joined.js"

/**
 * What a step gives: a state whose tensors are all new, the batch's mean loss, and how many of it were correct before the update.
 *
 * @category models
 */
export interface StepResult {
  readonly next: TrainState.TrainState
  readonly loss: number
  readonly correct: number
}

/**
 * One optimizer step, synchronous and pure but for the tensors it makes.
 *
 * @category models
 */
export type Step = (
  train: TrainState.TrainState,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  learningRate: number
) => StepResult

/**
 * The step of a network: forward in train mode, mean loss, gradients of what is trainable, optimizer update.
 *
 * **State** parameters whose paths are `frozen` stay as they are: their gradients are not computed, and they have no slots. A layer whose
 * parameters are all frozen works as in `eval`.
 * **Errors** throws a `PartError` when the loss, the optimizer or a layer does not keep its promise.
 * **Ownership** the tensors of `next` belong to the caller, those of the state given stay the caller's; all else is freed, also when it throws.
 *
 * @category constructors
 */
export const make = (options: {
  readonly network: Network
  readonly kernels: Kernels
  readonly loss: Loss
  readonly optimizer: Transform
  /** Of the layers that draw random numbers, such as dropout. */
  readonly seed: number
  readonly frozen?: TrainState.Frozen
}): Step => {
  const { frozen, kernels, loss, optimizer, seed } = options
  const forward = Apply.apply(options.network)
  return (train, images, labels, learningRate) => {
    checkAlive(train)
    const { params, state } = TrainState.weights(train)
    const trainable = Object.fromEntries(Object.entries(params).filter(([path]) => frozen?.(path) !== true))
    return tf.tidy(() => {
      const objective = (values: Tensors) => {
        const [logits, nextState] = guard("network", () =>
          forward({ ...params, ...values }, state, images, {
            kernels,
            mode: "train",
            ...(frozen === undefined ? {} : { frozen }),
            noise: (path) => Random.make(seed, "noise", train.step, path)
          })
        )
        return {
          value: meanLoss(loss, logits, labels),
          aux: { ...owned(nextState, state), [hits]: countCorrect(logits, labels) }
        }
      }
      const { aux, gradients, value } = valueAndGradients(objective, trainable)
      const { [hits]: correct, ...nextState } = aux
      try {
        const at = { params: trainable, step: train.step, learningRate }
        const updated = update(optimizer, gradients, TrainState.slots(train), at)
        const nextParams = owned({ ...params, ...updated.params }, params)
        return {
          next: { ...TrainState.make(train.step + 1, { params: nextParams, state: nextState }, updated.slots) },
          loss: value.dataSync()[0] ?? Number.NaN,
          correct: correct?.dataSync()[0] ?? 0
        }
      } catch (cause) {
        tf.dispose(nextState)
        throw cause
      } finally {
        correct?.dispose()
      }
    })
  }
}

/** The name under which the number of correct answers comes out beside the network's state, whose names have no space. */
const hits = "number correct"

/** How many of the batch have their largest logit at the label, as an int32 scalar. */
export const countCorrect = (logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar =>
  tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), "int32")))

/** The tensors with a handle of its own for each that was left as it was, since the old state is freed. */
const owned = (tensors: Tensors, before: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([path, tensor]) => [path, tensor === before[path] ? tf.clone(tensor) : tensor])
  )

const checkAlive = ({ groups }: TrainState.TrainState): void => {
  for (const [group, tensors] of Object.entries(groups)) {
    const freed = Object.entries(tensors).find(([, tensor]) => tensor.isDisposed)
    if (freed !== undefined) {
      throw new PartError({
        part: "network",
        reason: `lost the tensor ${freed[0]} (${group}): it was disposed of outside the run`,
        fix: "leave the tensors of a run to the run; copy what is wanted of them with `clone` or `dataSync`"
      })
    }
  }
}

const meanLoss = (loss: Loss, logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar => {
  const value = guard("loss", () => loss.mean(logits, labels))
  if (!(value instanceof tf.Tensor) || value.size !== 1 || value.isDisposed) {
    throw new PartError({
      part: "loss",
      reason: `gave ${describe(value)}; expected a scalar, the mean over the batch of ${labels.size}`,
      fix: "return the mean of the losses of the samples, a tensor of one number: `tf.mean(perSample)`"
    })
  }
  if (logits.isDisposed || labels.isDisposed) {
    throw new PartError({
      part: "loss",
      reason: `disposed of the ${logits.isDisposed ? "logits" : "labels"} that it was given`,
      fix: "dispose of nothing: what a loss makes is freed after the step"
    })
  }
  return value
}

const describe = (value: unknown): string =>
  value instanceof tf.Tensor
    ? value.isDisposed
      ? "a tensor that was disposed of"
      : `a tensor of shape [${value.shape.join(", ")}]`
    : value === undefined
      ? "nothing"
      : typeof value

const update = (optimizer: Transform, gradients: Tensors, slots: Slots, at: At) => {
  const updated = guard("optimizer", () => advance(optimizer, gradients, slots, at))
  const expected = [at.params, ...Object.values(slots)].map((tensors) => Object.entries(tensors))
  const actual = [updated.params, ...Object.keys(slots).map((name) => updated.slots[name])]
  for (const [i, entries] of expected.entries()) {
    const wrong = entries.find(([path, { shape }]) => String(actual[i]?.[path]?.shape) !== String(shape))
    if (wrong !== undefined) {
      const [path, { shape }] = wrong
      throw new PartError({
        part: "optimizer",
        reason: `gave ${describe(actual[i]?.[path])} for ${i === 0 ? "" : `the slot "${Object.keys(slots)[i - 1]}" of `}${path}; expected [${shape.join(", ")}]`,
        fix: "return an update, and each slot, for every parameter that it is given, in the parameter's shape"
      })
    }
  }
  return updated
}
