import type { Slots, Transform } from "../Transform.js"
import { joined } from "./Joined.js"

/** The groups whose names begin with `prefix/`, without it. */
export const slotsOf = (slots: Slots, prefix: string): Slots =>
  Object.fromEntries(
    Object.entries(slots).flatMap(([name, tensors]) =>
      name.startsWith(`${prefix}/`) ? [[name.slice(prefix.length + 1), tensors]] : []
    )
  )

/** The groups with `prefix/` before their names. */
export const prefixed = (slots: Slots, prefix: string): Slots =>
  Object.fromEntries(Object.entries(slots).map(([name, tensors]) => [`${prefix}/${name}`, tensors]))

/**
 * One transform after the other: each gets the updates of the one before.
 *
 * **State** the slots of the i-th transform, 0-based, have `i/` before their names.
 *
 * @category combinators
 */
export const chain = (...transforms: ReadonlyArray<Transform>): Transform => {
  const elementwise = transforms.every((transform) => transform.elementwise)
  const parts = elementwise ? transforms : transforms.map(joined)
  const assigning = transforms.find(({ assign }) => assign !== undefined)?.assign
  return {
    spec: { _tag: "Chain", transforms: transforms.map(({ spec }) => spec) },
    elementwise,
    init: (params) => Object.assign({}, ...parts.map(({ init }, i) => prefixed(init(params), String(i)))),
    update: (gradients, slots, at) => {
      let updates = gradients
      let next: Slots = {}
      for (const [i, part] of parts.entries()) {
        const [updated, kept] = part.update(updates, slotsOf(slots, String(i)), at)
        updates = updated
        next = { ...next, ...prefixed(kept, String(i)) }
      }
      return [updates, next]
    },
    ...(assigning === undefined ? {} : { assign: assigning })
  }
}
