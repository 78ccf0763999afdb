import * as tf from "@tensorflow/tfjs-core"
import { Schema } from "effect"

/**
 * A loss as data: its kind and its options, which a checkpoint records and a resume compares.
 *
 * @category models
 */
export const LossSpec = Schema.StructWithRest(Schema.Struct({ _tag: Schema.String }), [
  Schema.Record(Schema.String, Schema.Json)
])
export type LossSpec = typeof LossSpec.Type

/**
 * A differentiable function that training minimizes.
 *
 * @category models
 */
export interface Loss {
  readonly spec: LossSpec
  /** Mean over the batch of the cost of a sample: `logits [n, classes]` f32, `labels [n]` int32 -> scalar, differentiable. */
  readonly mean: (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Scalar
}

/**
 * Cross entropy of softmax(logits): `-sum_k target_k log softmax(logits)_k`, averaged over the batch.
 *
 * With `labelSmoothing` e (default 0) the target is `1 - e + e / classes` at the label and `e / classes` elsewhere.
 *
 * **Source** Szegedy et al. 2015, arXiv:1512.00567, sec. 7 (smoothing); equal to PyTorch's `cross_entropy`.
 *
 * @category losses
 */
export const crossEntropy = ({ labelSmoothing = 0 }: { readonly labelSmoothing?: number } = {}): Loss => ({
  spec: { _tag: "CrossEntropy", labelSmoothing },
  mean: (logits, labels) => {
    const classes = logits.shape[1]
    // As whole numbers first: the wasm backend knows no one-hot of floats.
    const hot = tf.cast(tf.oneHot(labels, classes), "float32")
    const target = labelSmoothing === 0 ? hot : tf.add(tf.mul(hot, 1 - labelSmoothing), labelSmoothing / classes)
    const perSample = tf.sum(tf.mul(tf.logSoftmax(logits), target), 1)
    return tf.neg(tf.mean(perSample))
  }
})
