import type * as Layout from "../Layout.js"
import type { Pass } from "./Pass.js"

/**
 * Leaves out the bias of a convolution right before a batch norm, which takes it out again by subtracting the mean: the norm gets it instead, and the
 * network adds it to the running mean, with all others at once.
 */
export const joinBias: Pass = (layout) => {
  switch (layout._tag) {
    case "Leaf":
      return layout
    case "Chain":
      return {
        ...layout,
        parts: layout.parts.map((part, index, parts) => joinPart(parts[index - 1], part, parts[index + 1]))
      }
    case "Residual":
      return { ...layout, body: joinBias(layout.body), shortcut: joinBias(layout.shortcut) }
  }
}

const joinPart = (
  before: Layout.Layout | undefined,
  part: Layout.Layout,
  after: Layout.Layout | undefined
): Layout.Layout => {
  if (part._tag !== "Leaf") return joinBias(part)
  const taken = additionBetween(before, part)
  const { bias: _, ...others } = part.names
  const names = additionBetween(part, after) === undefined ? part.names : others
  return taken === undefined
    ? { ...part, names }
    : { ...part, names: { ...names, preceding_bias: taken.of }, addition: taken }
}

/** What is left to add when `before` leaves its bias to `after`; `undefined` where it cannot. */
const additionBetween = (
  before: Layout.Layout | undefined,
  after: Layout.Layout | undefined
): Layout.Addition | undefined => {
  if (before?._tag !== "Leaf" || after?._tag !== "Leaf") return undefined
  const { takesBias } = after.layer
  if (!before.layer.givesBias || takesBias === undefined) return undefined
  const [of, state] = [before.names.bias, after.names[takesBias.state]]
  return of === undefined || state === undefined ? undefined : { state, of, share: takesBias.share }
}
