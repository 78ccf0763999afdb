import * as tf from "@tensorflow/tfjs-core"
import { Array as Arrays } from "effect"
import type { Tensors } from "../../model/Tensors.js"
import * as PartChecks from "../PartChecks.js"
import { guard } from "../TrainError.js"
import { type At, type Slots, type Transform, tensorAt, type Update } from "../Transform.js"
import * as Compiled from "./Compiled.js"
import { withFormula } from "./Elementwise.js"
import type { Formula } from "./Formula.js"

/** Concatenates tensors along their first dimension, and splits the results again. */
interface Joining {
  readonly join: (tensors: Tensors) => Tensors
  readonly split: (joined: Tensors) => Tensors
}

/**
 * Joins the tensors that are alike but for their first dimension (vectors; the convolutions of a stage): a residual network has hundreds of
 * small tensors, and each would need separate calls.
 */
const joining = (params: Tensors): Joining => {
  const groups = new Map<string, Array<string>>()
  for (const [path, { shape }] of Object.entries(params)) {
    const key = shape.length === 0 ? path : shape.slice(1).join("x")
    groups.set(key, [...(groups.get(key) ?? []), path])
  }
  const lists = [...groups.values()]
  const nameOf = (paths: ReadonlyArray<string>): string => paths[0] ?? ""
  return {
    join: (tensors) =>
      Object.fromEntries(
        lists.map((paths) => {
          const name = nameOf(paths)
          return [
            name,
            paths.length === 1 ? tensorAt(tensors, name) : tf.concat(paths.map((path) => tensorAt(tensors, path)))
          ]
        })
      ),
    split: (joined) =>
      Object.fromEntries(
        lists.flatMap((paths) => {
          const whole = tensorAt(joined, nameOf(paths))
          if (paths.length === 1) return [[nameOf(paths), whole]]
          const parts = tf.split(
            whole,
            paths.map((path) => tensorAt(params, path).shape[0] ?? 1)
          )
          return Arrays.zip(paths, parts)
        })
      )
  }
}

const mapSlots = (slots: Slots, f: (tensors: Tensors) => Tensors): Slots =>
  Object.fromEntries(Object.entries(slots).map(([name, tensors]) => [name, f(tensors)]))

/** The same transform in fewer calls: in one if the backend compiles its formula, or over joined tensors if it is elementwise. */
export const joined = (transform: Transform): Transform => {
  const { elementwise, update } = transform
  const { formula } = update
  const inFewerCalls: Update = (gradients, slots, at) => {
    const runPrograms = at.kernels?.runPrograms
    if (formula && runPrograms) return Compiled.update(runPrograms, formula(at), gradients, slots, at)
    if (!elementwise) return update(gradients, slots, at)
    const { join, split } = joining(at.params)
    const joinedAt = { ...at, params: join(at.params) }
    const [updates, next] = PartChecks.update(transform, join(gradients), mapSlots(slots, join), joinedAt)
    return [split(updates), mapSlots(next, split)]
  }
  return { ...transform, elementwise: false, update: withFormula(inFewerCalls, formula) }
}

/** The parameter after its update. */
const sum: Formula = ({ add }, { gradient, parameter }) => ({ update: add(parameter, gradient), slots: {} })

const thenSum =
  (formula: Formula): Formula =>
  (arithmetic, updated) => {
    const { slots, update } = formula(arithmetic, updated)
    return { ...sum(arithmetic, { ...updated, gradient: update }), slots }
  }

/**
 * The parameters and slots after one update.
 *
 * **Errors** throws a `PartError` when the transform throws, or does not give what it has to.
 * **Ownership** what it makes belongs to the enclosing `tf.tidy`.
 */
export const advance = (
  transform: Transform,
  gradients: Tensors,
  slots: Slots,
  at: At
): { readonly params: Tensors; readonly slots: Slots } => {
  const runPrograms = at.kernels?.runPrograms
  if (runPrograms) {
    const { formula } = transform.update
    if (formula) {
      const [params, next] = guard("optimizer", () =>
        Compiled.update(runPrograms, thenSum(formula(at)), gradients, slots, at)
      )
      return { params, slots: next }
    }
    const [updates, next] = PartChecks.update(joined(transform), gradients, slots, at)
    return { params: Compiled.update(runPrograms, sum, updates, {}, at)[0], slots: next }
  }
  const { join, split } = joining(at.params)
  const params = join(at.params)
  const add = (updates: Tensors) =>
    split(
      Object.fromEntries(Object.entries(params).map(([name, value]) => [name, tf.add(value, tensorAt(updates, name))]))
    )
  if (!transform.elementwise) {
    const [updates, next] = PartChecks.update(transform, gradients, slots, at)
    return { params: add(join(updates)), slots: next }
  }
  const [updates, next] = PartChecks.update(transform, join(gradients), mapSlots(slots, join), { ...at, params })
  return { params: add(updates), slots: mapSlots(next, split) }
}
