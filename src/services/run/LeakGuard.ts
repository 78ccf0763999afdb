import * as tf from "@tensorflow/tfjs-core"
import * as Random from "../../internal/Random.js"
import * as Apply from "../../model/Apply.js"
import type { Kernels } from "../../model/Kernels.js"
import type * as Plan from "../../train/Plan.js"
import type { Step, StepResult } from "../../train/Step.js"
import { TensorLeakError } from "../../train/TrainError.js"
import * as TrainState from "../../train/TrainState.js"

/** The tensors that are alive in this process. Two readings within one synchronous piece of work differ by what that work did alone. */
const alive = (): number => tf.engine().state.numTensors

/**
 * Runs synchronous work that is to leave no tensor.
 *
 * **Errors** throws a `TensorLeakError` if it leaves some, or frees some that are not its own.
 */
export const none = <A>(at: Pick<TensorLeakError, "stage" | "step">, work: () => A): A => {
  const before = alive()
  const result = work()
  const delta = alive() - before
  if (delta !== 0) throw new TensorLeakError({ ...at, delta })
  return result
}

/**
 * A step of a plan that is to leave the tensors of its next state and no others.
 *
 * **Errors** throws a `TensorLeakError` that names the part which leaves them; the next state is then freed.
 */
export const step =
  (step: Step, plan: Plan.Plan, kernels: Kernels): Step =>
  (train, images, targets, learningRate) => {
    const before = alive()
    const result = step(train, images, targets, learningRate)
    const delta = alive() - before - tensorsOf(result)
    if (delta === 0) return result
    TrainState.dispose(result.next)
    throw new TensorLeakError({ step: train.step, delta, stage: stageOf(plan, kernels, train, images, targets) })
  }

const tensorsOf = ({ next }: StepResult): number =>
  new Set(Object.values(next.groups).flatMap((tensors) => Object.values(tensors))).size

/** The part of a step that leaves tensors when it runs alone. */
const stageOf = (
  { frozen, loss, network, seed }: Plan.Plan,
  kernels: Kernels,
  train: TrainState.TrainState,
  images: tf.Tensor4D,
  targets: tf.Tensor2D
): TensorLeakError["stage"] => {
  const { params, state } = TrainState.weights(train)
  const leaves = (work: () => void): boolean => {
    const before = alive()
    tf.tidy(work)
    return alive() !== before
  }
  const forward = Apply.apply(network)
  const isNetwork = leaves(() => {
    forward(params, state, images, {
      kernels,
      mode: "train",
      ...(frozen === undefined ? {} : { frozen }),
      noise: (path) => Random.make(seed, "noise", train.step, path)
    })
  })
  if (isNetwork) return "network"
  const isLoss = leaves(() => void loss.mean(tf.zerosLike(targets), targets))
  return isLoss ? "loss" : "optimizer"
}
