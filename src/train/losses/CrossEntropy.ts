import * as tf from "@tensorflow/tfjs-core"
import { classCounts, type ImageSet } from "../../data/ImageSet.js"
import * as Checks from "./Checks.js"
import { type Loss, make } from "./LossFunction.js"

/**
 * The weights that make all classes count the same in total: `images / (classes * images of the class)`, 0 for a class without images.
 *
 * **Source** equal to scikit-learn's `compute_class_weight("balanced", ...)`.
 *
 * @category accessors
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { ImageSet } from "effect-tensorflow/data"
 * import { Loss } from "effect-tensorflow/train"
 *
 * const images = ImageSet.make({ height: 1, width: 1, channels: 1 }, [1, 2, 3, 4], [0, 0, 0, 1])
 * const weights = Loss.balancedWeights(Result.getOrThrow(images), 2)
 * weights[1] // => 2
 * ```
 */
export const balancedWeights = (set: Pick<ImageSet<"classes">, "labels">, classes: number): ReadonlyArray<number> =>
  classCounts(set, classes).map((count) => (count === 0 ? 0 : set.labels.length / (classes * count)))

/** The negative mean over the batch of the sums of rows; with weights, weighted by those of the targets. */
const meanOf = (terms: tf.Tensor, targets: tf.Tensor2D, classWeights: ReadonlyArray<number> | undefined): tf.Scalar => {
  if (classWeights === undefined) return tf.neg(tf.mean(tf.sum(terms, 1)))
  const weights = tf.tensor1d([...classWeights])
  return tf.neg(tf.div(tf.sum(tf.mul(terms, weights)), tf.sum(tf.mul(targets, weights))))
}

/**
 * Cross entropy of softmax(outputs): `-sum_k w_k target_k log softmax(outputs)_k`, averaged over the batch.
 *
 * With `labelSmoothing` e (default 0) a target t is `(1 - e) t + e / classes`. With `classWeights` w the mean is weighted: the sum over the batch is
 * divided by the sum of the weights of the targets before smoothing.
 *
 * **Source** Szegedy et al. 2015, arXiv:1512.00567, sec. 7 (smoothing); equal to PyTorch's `cross_entropy`. Deviation: with weights and mixed targets
 * PyTorch divides by the number of images, which would change the scale of the loss from batch to batch.
 *
 * @category losses
 */
export const crossEntropy = (
  options: { readonly labelSmoothing?: number; readonly classWeights?: ReadonlyArray<number> | undefined } = {}
): Loss<"classes"> => {
  const { classWeights, labelSmoothing = 0 } = options
  return make({
    name: "CrossEntropy",
    options: { labelSmoothing, ...(classWeights === undefined ? {} : { classWeights }) },
    tasks: ["classes"],
    mean: (outputs, targets, kernels) => {
      const smoothed =
        labelSmoothing === 0
          ? targets
          : tf.add<tf.Tensor2D>(tf.mul(targets, 1 - labelSmoothing), labelSmoothing / outputs.shape[1])
      if (classWeights === undefined && kernels?.crossEntropy) return kernels.crossEntropy(outputs, smoothed)
      const terms = tf.mul(tf.logSoftmax(outputs), smoothed)
      return meanOf(terms, targets, classWeights)
    },
    check: (outputs) =>
      Checks.all(
        Checks.option(
          "labelSmoothing",
          labelSmoothing,
          labelSmoothing >= 0 && labelSmoothing < 1,
          "at least 0 and less than 1",
          0.1
        ),
        Checks.weights("classWeights", classWeights, outputs)
      )
  })
}

/**
 * Focal loss of softmax(outputs): cross entropy in which a class of probability p counts `(1 - p)^gamma`, so that images which the network is sure
 * of count little.
 *
 * `gamma` is at least 1 (default 2). With `classWeights` the mean is weighted as in `crossEntropy`.
 *
 * **Source** Lin et al. 2017, arXiv:1708.02002, eq. 4, over classes.
 *
 * @category losses
 */
export const focal = (
  options: { readonly gamma?: number; readonly classWeights?: ReadonlyArray<number> | undefined } = {}
): Loss<"classes"> => {
  const { classWeights, gamma = 2 } = options
  return make({
    name: "Focal",
    options: { gamma, ...(classWeights === undefined ? {} : { classWeights }) },
    tasks: ["classes"],
    mean: (outputs, targets) => {
      const log = tf.logSoftmax(outputs)
      // Not below 0 by rounding.
      const missing = tf.pow(tf.relu(tf.sub(1, tf.exp(log))), gamma)
      const terms = tf.mul(tf.mul(log, missing), targets)
      return meanOf(terms, targets, classWeights)
    },
    check: (outputs) => Checks.all(Checks.gamma(gamma), Checks.weights("classWeights", classWeights, outputs))
  })
}
