import * as tf from "@tensorflow/tfjs-core"
import { Schema } from "effect"
import type { Task } from "../data/Targets.js"

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
 * A differentiable function that training minimizes, for datasets of the tasks `T`.
 *
 * `targets` are what the network should give: for classes probabilities (1 at the class and 0 elsewhere, unless images are mixed), for several labels
 * 0 or 1 each, for values the values.
 *
 * @category models
 */
export interface Loss<T extends Task = Task> {
  readonly spec: LossSpec
  readonly tasks: ReadonlyArray<T>
  /** Mean over the batch of the cost of a sample: `outputs [n, outputs]` f32, `targets [n, outputs]` f32 -> scalar, differentiable in the outputs. */
  readonly mean: (outputs: tf.Tensor2D, targets: tf.Tensor2D) => tf.Scalar
}

/**
 * A custom loss for datasets of `tasks`. A checkpoint records the name and the options, and a resume compares them.
 *
 * @category constructors
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs-core"
 * import { Loss } from "effect-tensorflow/train"
 *
 * const absolute = Loss.make({
 *   name: "Absolute",
 *   tasks: ["values"],
 *   mean: (outputs, targets) => tf.mean(tf.abs(tf.sub(outputs, targets)))
 * })
 * absolute.spec // => { _tag: "Absolute" }
 * ```
 */
export const make = <const T extends Task>(options: {
  readonly name: string
  readonly options?: Readonly<Record<string, Schema.Json>>
  readonly tasks: ReadonlyArray<T>
  readonly mean: Loss["mean"]
}): Loss<T> => ({ spec: { ...options.options, _tag: options.name }, tasks: options.tasks, mean: options.mean })

/**
 * Cross entropy of softmax(outputs): `-sum_k target_k log softmax(outputs)_k`, averaged over the batch.
 *
 * With `labelSmoothing` e (default 0) a target t is `(1 - e) t + e / classes`.
 *
 * **Source** Szegedy et al. 2015, arXiv:1512.00567, sec. 7 (smoothing); equal to PyTorch's `cross_entropy`.
 *
 * @category losses
 */
export const crossEntropy = ({ labelSmoothing = 0 }: { readonly labelSmoothing?: number } = {}): Loss<"classes"> =>
  make({
    name: "CrossEntropy",
    options: { labelSmoothing },
    tasks: ["classes"],
    mean: (outputs, targets) => {
      const smoothed =
        labelSmoothing === 0 ? targets : tf.add(tf.mul(targets, 1 - labelSmoothing), labelSmoothing / outputs.shape[1])
      const perSample = tf.sum(tf.mul(tf.logSoftmax(outputs), smoothed), 1)
      return tf.neg(tf.mean(perSample))
    }
  })

/**
 * Binary cross entropy of sigmoid(outputs): `-(t log p + (1 - t) log(1 - p))`, averaged over the labels of all images.
 *
 * **Source** equal to PyTorch's `binary_cross_entropy_with_logits`.
 *
 * @category losses
 */
export const binaryCrossEntropy = (): Loss<"multiple"> =>
  make({
    name: "BinaryCrossEntropy",
    tasks: ["multiple"],
    // -log(1 - p) is softplus(x), and -log p is softplus(x) - x.
    mean: (outputs, targets) => tf.mean<tf.Scalar>(tf.sub(tf.softplus(outputs), tf.mul(outputs, targets)))
  })

/**
 * Mean squared error: `(output - target)^2`, averaged over the values of all images.
 *
 * **Source** equal to PyTorch's `mse_loss`.
 *
 * @category losses
 */
export const meanSquared = (): Loss<"values"> =>
  make({
    name: "MeanSquared",
    tasks: ["values"],
    mean: (outputs, targets) => tf.mean<tf.Scalar>(tf.square(tf.sub(outputs, targets)))
  })

const plain: { readonly [T in Task]: Loss<T> } = {
  classes: crossEntropy(),
  multiple: binaryCrossEntropy(),
  values: meanSquared()
}

/**
 * The loss that a task has by default, and that evaluations give: cross entropy of classes, binary cross entropy of several labels, the mean squared
 * error of values.
 *
 * @category accessors
 */
export const ofTask = <T extends Task>(task: T): Loss<T> => plain[task]
