import * as tf from "@tensorflow/tfjs-core"
import {
  type At,
  type FormulaAt,
  mapTensors,
  type Slots,
  type Transform,
  type TransformSpec,
  tensorAt,
  type Update
} from "../Transform.js"
import type { Arithmetic, Formula } from "./Formula.js"

const onTensors: Arithmetic<tf.Tensor> = tf

/**
 * A transform that updates each number by itself, by a formula that may depend on the step. A slot is written with what it begins with.
 *
 * Backends that compile formulas update all parameters in one call; on the others the formula is computed by tfjs.
 *
 * @example
 * ```ts
 * import { Optimizer } from "effect-tensorflow/train"
 *
 * const halved = Optimizer.elementwise({
 *   spec: { _tag: "Halved" },
 *   slots: {},
 *   formula: () => ({ mul }, { gradient }) => ({ update: mul(gradient, 0.5), slots: {} })
 * })
 *
 * Optimizer.chain(halved, Optimizer.scaleByLearningRate).elementwise // => true
 * ```
 *
 * @category constructors
 */
export const elementwise = (options: {
  readonly spec: TransformSpec
  readonly slots: Readonly<Record<string, number>>
  readonly formula: FormulaAt
}): Transform => {
  const { formula, slots, spec } = options
  return {
    spec,
    elementwise: true,
    init: (params) =>
      Object.fromEntries(
        Object.entries(slots).map(([name, initial]) => [
          name,
          mapTensors(params, ({ shape }) => tf.fill(shape, initial))
        ])
      ),
    update: withFormula((gradients, slots, at) => computed(formula(at), gradients, slots, at), formula)
  }
}

/** The function as an update with this formula, if there is one. */
export const withFormula = (update: Update, formula: FormulaAt | undefined): Update =>
  Object.assign(update, { formula })

/** A formula by tfjs's operations, tensor by tensor. */
const computed = (formula: Formula, gradients: Slots[string], slots: Slots, { params }: At) => {
  const updates: Record<string, tf.Tensor> = {}
  const next: Record<string, Record<string, tf.Tensor>> = emptySlots(slots)
  for (const [path, gradient] of Object.entries(gradients)) {
    const parameter = tensorAt(params, path)
    const slot = (name: string) => tensorAt(slots[name], path)
    const result = formula(onTensors, { gradient, parameter, slot, path, rank: parameter.rank })
    updates[path] = result.update
    for (const [name, value] of Object.entries(result.slots)) put(next, name, path, value)
  }
  return [updates, next] as const
}

/** The groups of slots, without tensors. */
export const emptySlots = (slots: Slots): Record<string, Record<string, tf.Tensor>> =>
  Object.fromEntries(Object.keys(slots).map((name) => [name, {}]))

/** Puts a tensor into a group of slots. */
export const put = (
  groups: Record<string, Record<string, tf.Tensor>>,
  name: string,
  path: string,
  tensor: tf.Tensor
): void => {
  const group = groups[name] ?? {}
  group[path] = tensor
  groups[name] = group
}
