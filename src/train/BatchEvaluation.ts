import * as tf from "@tensorflow/tfjs-core"
import type { Task } from "../data/Targets.js"
import * as Apply from "../model/Apply.js"
import type { Kernels } from "../model/Kernels.js"
import type { Network } from "../model/Network.js"
import type { Tensors } from "../model/Tensors.js"
import * as Loss from "./Loss.js"
import * as Views from "./Views.js"

/**
 * The evaluation of a batch: its mean loss, and what the network gives for each image, `[n, outputs]`, in host memory.
 *
 * @category models
 */
export interface BatchEvaluation {
  readonly loss: number
  readonly outputs: Float32Array
}

/**
 * Evaluates a batch in eval mode: `images [n,h,w,c]` f32, `targets [n, outputs]` f32.
 *
 * @category models
 */
export type EvaluateBatch = (
  params: Tensors,
  state: Tensors,
  images: tf.Tensor4D,
  targets: tf.Tensor2D
) => BatchEvaluation

/**
 * A network's function of a batch, seen in `views`. Its loss is the plain one of the task, whatever the network was trained with, so that runs can be compared.
 *
 * **Ownership** leaves no tensor behind.
 *
 * @category constructors
 */
export const make = (network: Network, kernels: Kernels, task: Task, views: Views.Views = "none"): EvaluateBatch => {
  const forward = Apply.apply(network)
  const loss = Loss.ofTask(task)
  return (params, state, images, targets) =>
    tf.tidy(() => {
      const outputs = Views.average(views, images, (view) => forward(params, state, view, { kernels, mode: "eval" })[0])
      const [mean = Number.NaN] = loss.mean(outputs, targets, kernels).dataSync()
      return { loss: mean, outputs: Float32Array.from(outputs.dataSync()) }
    })
}
