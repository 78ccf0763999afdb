import type { Tensors } from "../../model/Tensors.js"
import * as PartChecks from "../PartChecks.js"
import type { Assignment, Slots, Transform, Unassignable, Update } from "../Transform.js"
import { prefixed, slotsOf } from "./Chain.js"
import { withFormula } from "./Elementwise.js"
import { joined } from "./Joined.js"

const pick = (tensors: Tensors, paths: ReadonlySet<string>): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([path]) => paths.has(path)))

/** The first few of many. */
const list = (paths: ReadonlyArray<string>): string =>
  paths.length > 4 ? `${paths.slice(0, 4).join(", ")}, ...` : paths.join(", ")

const byLabel = (
  label: (path: string) => string,
  parts: ReadonlyArray<{ readonly name: string; readonly transform: Transform }>,
  paths: ReadonlyArray<string>
): Assignment | Unassignable => {
  const labels = parts.map(({ name }) => name)
  const unknown = paths.find((path) => !labels.includes(label(path)))
  const empty = labels.find((name) => !paths.some((path) => label(path) === name))
  if (unknown !== undefined) {
    return {
      _tag: "Unassignable",
      reason: `the parameter ${unknown} has the label "${label(unknown)}"; the optimizer's parts are ${labels.join(", ")}`,
      fix: "give a part for that label, label the parameter otherwise, or freeze it"
    }
  }
  if (empty !== undefined) {
    return {
      _tag: "Unassignable",
      reason: `the part "${empty}" of the optimizer has no parameter: no trainable one has that label`,
      fix: `give the label to some parameters, or leave the part out; they are called ${list(paths)}`
    }
  }
  let assigned: Assignment["paths"] = {}
  for (const { name, transform } of parts) {
    const members = paths.filter((path) => label(path) === name)
    const within = transform.assign?.(members) ?? { _tag: "Assignment", paths: {} }
    if (within._tag === "Unassignable") return within
    assigned = { ...assigned, [name]: members, ...prefixed(within.paths, name) }
  }
  return { _tag: "Assignment", paths: assigned }
}

/** The formula of each parameter's part, if all parts have one. */
const labelled = (
  label: (path: string) => string,
  parts: ReadonlyArray<{ readonly name: string; readonly transform: Transform }>
): Update["formula"] => {
  const formulas = parts.flatMap(({ name, transform: { update } }) =>
    update.formula ? [[name, update.formula] as const] : []
  )
  if (formulas.length < parts.length) return undefined
  return (at) => {
    const byName = new Map(formulas.map(([name, formula]) => [name, formula(at)]))
    return (arithmetic, updated) => {
      const name = label(updated.path)
      const formula = byName.get(name)
      if (formula === undefined) throw new Error(`no part of the optimizer has the label "${name}" of ${updated.path}`)
      const slot = (group: string) => updated.slot(`${name}/${group}`)
      const { slots, update } = formula(arithmetic, { ...updated, slot })
      return { update, slots: prefixed(slots, name) }
    }
  }
}

/**
 * Updates each parameter by the transform with its label.
 *
 * No weight decay for norms and biases, a smaller rate for a pretrained body, a larger one for the biases of batch norms are all partitions.
 *
 * **State** the slots of a part have its label before their names. **Errors** `Plan.check` rejects a label that no trainable parameter has, and a parameter whose label
 * has no transform.
 *
 * @example
 * ```ts
 * import { Optimizer } from "effect-tensorflow/train"
 *
 * const optimizer = Optimizer.partition((path) => (path.startsWith("head.") ? "head" : "body"), {
 *   head: Optimizer.atRate(10, Optimizer.sgd({ momentum: 0.9 })),
 *   body: Optimizer.sgd({ momentum: 0.9, weightDecay: 5e-4 })
 * })
 *
 * optimizer.assign?.(["conv1.weight", "head.bias"]) // => { _tag: "Assignment", paths: { head: ["head.bias"], body: ["conv1.weight"] } }
 * ```
 *
 * @category combinators
 */
export const partition = (
  label: (path: string) => string,
  transforms: Readonly<Record<string, Transform>>
): Transform => {
  const parts = Object.entries(transforms).map(([name, transform]) => ({ name, transform: joined(transform) }))
  const pathsOf = (name: string, tensors: Tensors): ReadonlySet<string> =>
    new Set(Object.keys(tensors).filter((path) => label(path) === name))
  return {
    spec: {
      _tag: "Partition",
      parts: Object.fromEntries(Object.entries(transforms).map(([name, { spec }]) => [name, spec]))
    },
    elementwise: false,
    init: (params) =>
      Object.fromEntries(
        parts.flatMap(({ name, transform }) =>
          Object.entries(prefixed(PartChecks.initialSlots(transform, pick(params, pathsOf(name, params))), name))
        )
      ),
    update: withFormula(
      (gradients, slots, at) => {
        let updates: Tensors = {}
        let next: Slots = {}
        for (const { name, transform } of parts) {
          const paths = pathsOf(name, gradients)
          // All of a part may be frozen in an epoch.
          if (paths.size === 0) {
            next = { ...next, ...prefixed(slotsOf(slots, name), name) }
            continue
          }
          const partAt = { ...at, params: pick(at.params, paths) }
          const [updated, kept] = PartChecks.update(transform, pick(gradients, paths), slotsOf(slots, name), partAt)
          updates = { ...updates, ...updated }
          next = { ...next, ...prefixed(kept, name) }
        }
        return [updates, next]
      },
      labelled(label, parts)
    ),
    assign: (paths) => byLabel(label, parts, paths)
  }
}
