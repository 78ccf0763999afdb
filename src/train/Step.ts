import * as tf from "@tensorflow/tfjs-core"
import { valueAndGradients } from "../internal/Gradients.js"
import * as Random from "../internal/Random.js"
import * as Apply from "../model/Apply.js"
import type { Kernels } from "../model/Kernels.js"
import type { Network } from "../model/Network.js"
import type { Tensors } from "../model/Tensors.js"
import * as Average from "./Average.js"
import type * as LearningRate from "./LearningRate.js"
import type { Loss } from "./Loss.js"
import * as PartChecks from "./PartChecks.js"
import { type ComputePiece, inPieces, type Sharpness, sharpnessAware } from "./StepGradients.js"
import { guard } from "./TrainError.js"
import * as TrainState from "./TrainState.js"
import { mapTensors, type Slots, type Transform } from "./Transform.js"
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
 * The step of a network: forward pass in train mode, mean loss, gradients of the trainable parameters, optimizer, average of the
 * weights.
 *
 * **State** parameters whose paths are `frozen` do not change: they have no gradients, and if they have slots these stay as they are. A layer whose
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
  /** The images of a piece that gradients are computed of at once; 0, the default, for all. */
  readonly microBatch?: number
  /** Where the gradients are computed; by default at the parameters. */
  readonly sam?: Sharpness
  /** The average of the weights, for a run of so many steps. */
  readonly average?: Average.Average | undefined
  readonly steps?: LearningRate.Steps
}): Step => {
  const { average, frozen, kernels, loss, microBatch = 0, optimizer, sam = nowhereElse, seed, steps } = options
  const forward = Apply.apply(options.network)
  return (train, images, targets, learningRate) => {
    TrainState.checkAlive(train)
    const before = tensorsOf(train)
    const owned = ownedAfter(before)
    const { params, state } = TrainState.weights(train)
    const trainable = Object.fromEntries(Object.entries(params).filter(([path]) => frozen?.(path) !== true))
    const [held, slots] = heldApart(TrainState.slots(train), frozen)
    return tf.tidy(() => {
      const computePiece =
        (values: Tensors): ComputePiece =>
        (piece, pieceState, index) => {
          const ownedPiece = index === 0 ? owned : ownedAfter(new Set([...before, ...Object.values(pieceState)]))
          const objective = (values: Tensors) => {
            const [outputs, nextState] = guard("network", () =>
              forward({ ...params, ...values }, pieceState, piece.images, {
                kernels,
                mode: "train",
                ...(frozen === undefined ? {} : { frozen }),
                noise: (path) => Random.make(seed, "noise", train.step, path, ...(index === 0 ? [] : [index]))
              })
            )
            return {
              value: PartChecks.meanLoss(loss, outputs, piece.targets, kernels),
              aux: { ...ownedPiece(nextState), [given]: outputs }
            }
          }
          const { aux, gradients, value } = PartChecks.differentiated(() => valueAndGradients(objective, values))
          const { [given]: outputs = tf.zeros([0]), ...nextState } = aux
          return { loss: value, gradients, kept: { state: nextState, outputs } }
        }
      const compute = (values: Tensors) => inPieces(computePiece(values), { images, targets }, state, microBatch)
      const { gradients, kept, loss: value } = sharpnessAware(compute, trainable, sam)
      const { outputs, state: nextState } = kept
      try {
        const at = { params: trainable, step: train.step, learningRate, kernels }
        const updated = advance(optimizer, gradients, slots, at)
        const stepped = { params: { ...params, ...updated.params }, state: nextState }
        const averaged =
          average === undefined || steps === undefined
            ? { groups: {}, weights: stepped }
            : Average.advance(
                average,
                TrainState.averages(train),
                stepped,
                { ...steps, stepsDone: train.step + 1 },
                kernels
              )
        const next = TrainState.make(
          train.step + 1,
          { params: owned(averaged.weights.params), state: owned(averaged.weights.state) },
          ownedGroups(owned, withHeld(held, updated.slots))
        )
        const result = {
          next: { step: next.step, groups: { ...next.groups, ...ownedGroups(owned, averaged.groups) } },
          loss: value.dataSync()[0] ?? Number.NaN,
          outputs: Float32Array.from(outputs.dataSync())
        }
        if (averaged.weights.state !== nextState) tf.dispose(nextState)
        return result
      } catch (cause) {
        tf.dispose(nextState)
        throw cause
      } finally {
        outputs.dispose()
      }
    })
  }
}

const nowhereElse: Sharpness = { rho: 0, adaptive: false }

/** The slots of frozen parameters, which are trained in another epoch, and the other slots. */
const heldApart = (slots: Slots, frozen: TrainState.Frozen): readonly [held: Slots, others: Slots] => {
  const those = (isFrozen: boolean): Slots =>
    Object.fromEntries(
      Object.entries(slots).map(([name, tensors]) => [
        name,
        Object.fromEntries(Object.entries(tensors).filter(([path]) => (frozen?.(path) ?? false) === isFrozen))
      ])
    )
  return [those(true), those(false)]
}

const withHeld = (held: Slots, slots: Slots): Slots =>
  Object.fromEntries(Object.entries(slots).map(([name, tensors]) => [name, { ...held[name], ...tensors }]))

const ownedGroups = (owned: (tensors: Tensors) => Tensors, groups: Readonly<Record<string, Tensors>>) =>
  Object.fromEntries(Object.entries(groups).map(([group, tensors]) => [group, owned(tensors)]))

/** The name of the network's outputs among the auxiliary tensors; names in the network's state have no spaces. */
const given = "network outputs"

const tensorsOf = ({ groups }: TrainState.TrainState): ReadonlySet<tf.Tensor> =>
  new Set(Object.values(groups).flatMap((tensors) => Object.values(tensors)))

/** The tensors, with a clone of each that belongs to what was before, which will be freed. */
const ownedAfter =
  (before: ReadonlySet<tf.Tensor>) =>
  (tensors: Tensors): Tensors =>
    mapTensors(tensors, (tensor) => (before.has(tensor) ? tf.clone(tensor) : tensor))
