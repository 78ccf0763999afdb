import * as tf from "@tensorflow/tfjs-core"
import * as Apply from "../model/Apply.js"
import type { Kernels } from "../model/Kernels.js"
import type { Network } from "../model/Network.js"
import type { Tensors } from "../model/Tensors.js"
import * as Loss from "./Loss.js"
import * as Metrics from "./Metrics.js"

/**
 * The evaluation of a batch: its totals, and for each image the most probable class and its probability.
 *
 * @category models
 */
export interface BatchEvaluation {
  readonly totals: Metrics.Totals
  readonly predicted: Int32Array
  readonly probability: Float32Array
}

/**
 * Evaluates a batch in eval mode: `images [n,h,w,c]` f32, `labels [n]` int32.
 *
 * @category models
 */
export type EvaluateBatch = (
  params: Tensors,
  state: Tensors,
  images: tf.Tensor4D,
  labels: tf.Tensor1D
) => BatchEvaluation

/**
 * A network's function of a batch. Its loss is plain cross entropy, whatever the network was trained with, so that runs can be compared.
 *
 * **Ownership** leaves no tensor behind.
 *
 * @category constructors
 */
export const make = (network: Network, kernels: Kernels): EvaluateBatch => {
  const forward = Apply.apply(network)
  const loss = Loss.crossEntropy()
  return (params, state, images, labels) => {
    const outputs = tf.tidy(() => {
      const [logits] = forward(params, state, images, { kernels, mode: "eval" })
      const predicted = tf.argMax<tf.Tensor1D>(logits, 1)
      const probability = tf.max<tf.Tensor1D>(tf.softmax(logits), 1)
      return { predicted, probability, loss: loss.mean(logits, labels) }
    })
    const predicted = Int32Array.from(outputs.predicted.dataSync())
    const probability = Float32Array.from(outputs.probability.dataSync())
    const [meanLoss = Number.NaN] = outputs.loss.dataSync()
    const expected = labels.dataSync<"int32">()
    tf.dispose(outputs)
    const correct = expected.reduce((sum, label, i) => sum + (label === predicted[i] ? 1 : 0), 0)
    return { totals: Metrics.ofBatch(meanLoss, correct, expected.length), predicted, probability }
  }
}
