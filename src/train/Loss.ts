import * as tf from "@tensorflow/tfjs-core"

/** Mean over the batch of what one sample costs: `logits [n, classes]` f32, `labels [n]` int32 -> scalar, differentiable. */
export type Loss = (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Scalar

/**
 * Cross entropy of softmax(logits): `-sum_k target_k log softmax(logits)_k`, averaged over the batch.
 *
 * With `labelSmoothing` e the target is `1 - e + e / classes` at the label and `e / classes` elsewhere.
 *
 * **Source** Szegedy et al. 2015, arXiv:1512.00567, sec. 7 (smoothing); equal to PyTorch's `cross_entropy`.
 *
 * @category losses
 */
export const crossEntropy =
  (options?: { readonly labelSmoothing?: number }): Loss =>
  (logits, labels) => {
    const smoothing = options?.labelSmoothing ?? 0
    const classes = logits.shape[1]
    // As whole numbers first: the wasm backend knows no one-hot of floats.
    const hot = tf.cast(tf.oneHot(labels, classes), "float32")
    const target = smoothing === 0 ? hot : tf.add(tf.mul(hot, 1 - smoothing), smoothing / classes)
    const perSample = tf.sum(tf.mul(tf.logSoftmax(logits), target), 1)
    return tf.neg(tf.mean(perSample))
  }
