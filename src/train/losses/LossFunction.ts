import type * as tf from "@tensorflow/tfjs-core"
import { type Result, Schema } from "effect"
import type { Task } from "../../data/Targets.js"
import type { Kernels } from "../../model/Kernels.js"
import type { PlanError } from "../PlanError.js"

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
 * 0 or 1 each (unless mixed), for values the values.
 *
 * @category models
 */
export interface Loss<T extends Task = Task> {
  readonly spec: LossSpec
  readonly tasks: ReadonlyArray<T>
  /** Mean over the batch of the cost of a sample: `outputs [n, outputs]` f32, `targets [n, outputs]` f32 -> scalar, differentiable in the outputs. By tfjs's operations without `kernels`. */
  readonly mean: (outputs: tf.Tensor2D, targets: tf.Tensor2D, kernels?: Kernels) => tf.Scalar
  /** Whether its options make sense for a network with so many outputs. */
  readonly check?: (outputs: number) => Result.Result<void, PlanError>
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
  readonly check?: NonNullable<Loss["check"]>
}): Loss<T> => ({
  spec: { ...options.options, _tag: options.name },
  tasks: options.tasks,
  mean: options.mean,
  ...(options.check === undefined ? {} : { check: options.check })
})
