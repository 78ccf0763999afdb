import * as PartChecks from "../PartChecks.js"
import type { Assignment, Slots, Transform, Unassignable, Update } from "../Transform.js"
import { withFormula } from "./Elementwise.js"
import { joined } from "./Joined.js"

/** The groups whose names begin with `prefix/`, without it. */
export const slotsOf = (slots: Slots, prefix: string): Slots =>
  Object.fromEntries(
    Object.entries(slots).flatMap(([name, tensors]) =>
      name.startsWith(`${prefix}/`) ? [[name.slice(prefix.length + 1), tensors]] : []
    )
  )

/** A record with `prefix/` before its names. */
export const prefixed = <A>(record: Readonly<Record<string, A>>, prefix: string): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [`${prefix}/${name}`, value]))

/** What all partitions of a chain assign. */
const assignAll =
  (transforms: ReadonlyArray<Transform>) =>
  (paths: ReadonlyArray<string>): Assignment | Unassignable => {
    let all: Assignment["paths"] = {}
    for (const [i, { assign }] of transforms.entries()) {
      const assigned = assign?.(paths)
      if (assigned?._tag === "Unassignable") return assigned
      all = { ...all, ...prefixed(assigned?.paths ?? {}, String(i)) }
    }
    return { _tag: "Assignment", paths: all }
  }

/** The formulas of all transforms, one after the other, if all have one. */
const chained = (transforms: ReadonlyArray<Transform>): Update["formula"] => {
  const formulas = transforms.flatMap(({ update }) => update.formula ?? [])
  if (formulas.length < transforms.length) return undefined
  return (at) => {
    const steps = formulas.map((formula) => formula(at))
    return (arithmetic, updated) => {
      let update = updated.gradient
      const slots: Record<string, typeof update> = {}
      for (const [i, step] of steps.entries()) {
        const slot = (name: string) => updated.slot(`${i}/${name}`)
        const result = step(arithmetic, { ...updated, gradient: update, slot })
        update = result.update
        for (const [name, value] of Object.entries(result.slots)) slots[`${i}/${name}`] = value
      }
      return { update, slots }
    }
  }
}

/**
 * One transform after the other: each transforms the updates of the one before.
 *
 * **State** the slots of the i-th transform, 0-based, have `i/` before their names, and so have the parts of a partition.
 *
 * @example
 * ```ts
 * import { Optimizer } from "effect-tensorflow/train"
 *
 * const { chain, decayedWeights, scaleByLearningRate, trace } = Optimizer
 *
 * const custom = chain(decayedWeights(5e-4), trace({ momentum: 0.9 }), scaleByLearningRate)
 * custom.spec // => Optimizer.sgd({ momentum: 0.9, weightDecay: 5e-4 }).spec
 * ```
 *
 * @category combinators
 */
export const chain = (...transforms: ReadonlyArray<Transform>): Transform => {
  const elementwise = transforms.every((transform) => transform.elementwise)
  const parts = elementwise ? transforms : transforms.map(joined)
  return {
    spec: { _tag: "Chain", transforms: transforms.map(({ spec }) => spec) },
    elementwise,
    init: (params) =>
      Object.fromEntries(
        parts.flatMap((part, i) => Object.entries(prefixed(PartChecks.initialSlots(part, params), String(i))))
      ),
    update: withFormula((gradients, slots, at) => {
      let updates = gradients
      let next: Slots = {}
      for (const [i, part] of parts.entries()) {
        const [updated, kept] = PartChecks.update(part, updates, slotsOf(slots, String(i)), at)
        updates = updated
        next = { ...next, ...prefixed(kept, String(i)) }
      }
      return [updates, next]
    }, chained(transforms)),
    ...(transforms.some(({ assign }) => assign !== undefined) ? { assign: assignAll(transforms) } : {})
  }
}
