import * as tf from "@tensorflow/tfjs-core"
import * as Checks from "./Checks.js"
import { type Loss, make } from "./LossFunction.js"

/** `-log sigmoid(x)` is softplus(-x), and `-log(1 - sigmoid(x))` is x more. */
const costs = (outputs: tf.Tensor2D, targets: tf.Tensor2D, positiveWeights?: ReadonlyArray<number>): tf.Tensor => {
  const negative = tf.mul(tf.sub(1, targets), outputs)
  const positive = tf.softplus(tf.neg(outputs))
  if (positiveWeights === undefined) return tf.add(negative, positive)
  const more = tf.tensor1d(positiveWeights.map((weight) => weight - 1))
  return tf.add(negative, tf.mul(positive, tf.add(1, tf.mul(targets, more))))
}

/**
 * Binary cross entropy of sigmoid(outputs): `-(w t log p + (1 - t) log(1 - p))`, averaged over the labels of all images.
 *
 * `positiveWeights` w has a number for each label (default 1): above 1 a missed label costs more than a false one.
 *
 * **Source** equal to PyTorch's `BCEWithLogitsLoss`, whose `pos_weight` is `positiveWeights`.
 *
 * @category losses
 */
export const binaryCrossEntropy = (
  options: { readonly positiveWeights?: ReadonlyArray<number> | undefined } = {}
): Loss<"multiple"> => {
  const { positiveWeights } = options
  return make({
    name: "BinaryCrossEntropy",
    options: positiveWeights === undefined ? {} : { positiveWeights },
    tasks: ["multiple"],
    mean: (outputs, targets) => tf.mean<tf.Scalar>(costs(outputs, targets, positiveWeights)),
    check: (outputs) => Checks.weights("positiveWeights", positiveWeights, outputs)
  })
}

/**
 * Focal loss of sigmoid(outputs): binary cross entropy in which a label that is given the probability p of being right counts `(1 - p)^gamma`,
 * averaged over the labels of all images.
 *
 * `gamma` is at least 1 (default 2). `alpha` (default 0.25) weights what is there, `1 - alpha` what is not; `null` weights both the same.
 *
 * **Source** Lin et al. 2017, arXiv:1708.02002, eq. 5; equal to torchvision's `sigmoid_focal_loss`, where `alpha` -1 stands for `null`.
 *
 * @category losses
 */
export const binaryFocal = (
  options: { readonly gamma?: number; readonly alpha?: number | null } = {}
): Loss<"multiple"> => {
  const { alpha = 0.25, gamma = 2 } = options
  return make({
    name: "BinaryFocal",
    options: { gamma, alpha },
    tasks: ["multiple"],
    mean: (outputs, targets) => {
      const p = tf.sigmoid(outputs)
      // 1 - (p t + (1 - p)(1 - t)): the probability of the wrong answer.
      const wrong = tf.add(tf.mul(p, tf.sub(1, targets)), tf.mul(tf.sub(1, p), targets))
      const focused = tf.mul(costs(outputs, targets), tf.pow(tf.relu(wrong), gamma))
      return tf.mean<tf.Scalar>(
        alpha === null ? focused : tf.mul(focused, tf.add(tf.mul(targets, 2 * alpha - 1), 1 - alpha))
      )
    },
    check: () =>
      Checks.all(
        Checks.gamma(gamma),
        Checks.option(
          "alpha",
          alpha ?? 0,
          alpha === null || (alpha >= 0 && alpha <= 1),
          "at least 0 and at most 1",
          0.25
        )
      )
  })
}
