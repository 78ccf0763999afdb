import type * as tf from "@tensorflow/tfjs-core"
import { Schema } from "effect"
import type { Kernels } from "../model/Kernels.js"
import type { Tensors } from "../model/Tensors.js"
import type { Formula } from "./transforms/Formula.js"

/**
 * A transform as data: its kind and its options, which a checkpoint records and a resume compares.
 *
 * @category models
 */
export const TransformSpec = Schema.StructWithRest(Schema.Struct({ _tag: Schema.String }), [
  Schema.Record(Schema.String, Schema.Json)
])
export type TransformSpec = typeof TransformSpec.Type

/**
 * The state of an optimizer between steps: groups of tensors by name ("1/trace"), each with tensors by parameter path.
 *
 * @category models
 */
export type Slots = Readonly<Record<string, Tensors>>

/**
 * The context of an update: the parameters before it, the 0-based step, and the learning rate of that step.
 *
 * @category models
 */
export interface At {
  readonly params: Tensors
  readonly step: number
  readonly learningRate: number
  /** What computes; by default tfjs's operations. */
  readonly kernels?: Kernels
}

/**
 * A gradient transformation: a pair of pure functions over tensors by parameter path. The updates of an optimizer's last transform are added to the
 * parameters.
 *
 * **State** slots are returned, never kept. **Ownership** the tensors that both functions make belong to the enclosing `tf.tidy`.
 * **Source** Optax (Hessel et al. 2020), `GradientTransformation`.
 *
 * @category models
 */
export interface Transform {
  readonly spec: TransformSpec
  /** Whether each number is updated independently of the others; small tensors are then concatenated and updated in fewer calls. */
  readonly elementwise: boolean
  readonly init: (params: Tensors) => Slots
  readonly update: Update
  /** The paths that each part of a `partition` updates, or why it cannot update these; absent if all are updated alike. */
  readonly assign?: (paths: ReadonlyArray<string>) => Assignment | Unassignable
}

/**
 * What a transform makes of gradients.
 *
 * @category models
 */
export interface Update {
  (gradients: Tensors, slots: Slots, at: At): readonly [updates: Tensors, slots: Slots]
  /** The same for each number by itself as a formula, which some backends compile; see `Optimizer.elementwise`. */
  readonly formula?: FormulaAt | undefined
}

/**
 * The formula of a step.
 *
 * @category models
 */
export type FormulaAt = (at: Pick<At, "step" | "learningRate">) => Formula

/**
 * The paths that each part of an optimizer updates, by the part's label.
 *
 * @category models
 */
export interface Assignment {
  readonly _tag: "Assignment"
  readonly paths: Readonly<Record<string, ReadonlyArray<string>>>
}

/**
 * Why the parts of an optimizer do not fit the parameters.
 *
 * @category models
 */
export interface Unassignable {
  readonly _tag: "Unassignable"
  readonly reason: string
  readonly fix: string
}

/**
 * The tensor at a path. **Errors** throws if there is none.
 *
 * @category accessors
 */
export const tensorAt = (tensors: Tensors | undefined, path: string): tf.Tensor => {
  const tensor = tensors?.[path]
  if (tensor === undefined) throw new Error(`there is no tensor for ${path}`)
  return tensor
}

/**
 * Applies a function to every tensor of a group.
 *
 * @category combinators
 */
export const mapTensors = (tensors: Tensors, f: (tensor: tf.Tensor, path: string) => tf.Tensor): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([path, tensor]) => [path, f(tensor, path)]))
