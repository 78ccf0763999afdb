import type * as Layout from "../Layout.js"
import type { Pass } from "./Pass.js"

/**
 * Lets a batch norm, or a layer with a bias, apply the activation after it, and, at the end of a residual's body, add the shortcut before that: one pass over memory instead of
 * three, forward and backward.
 */
export const fuseEpilogue: Pass = (layout) => {
  switch (layout._tag) {
    case "Leaf":
      return layout
    case "Chain":
      return { ...layout, parts: fusedParts(layout) }
    case "Residual": {
      const parts = fusedParts(layout.body)
      const last = parts.at(-1)
      const takesSum = last?._tag === "Leaf" && hasRoom(last)
      const body: Layout.Layout = {
        _tag: "Chain",
        path: layout.body.path,
        parts: takesSum ? parts.slice(0, -1) : parts
      }
      const shortcut = fuseEpilogue(layout.shortcut)
      return takesSum ? { ...layout, body, shortcut, last } : { ...layout, body, shortcut }
    }
  }
}

type Parts = ReadonlyArray<Layout.Layout>

const fusedParts = (layout: Layout.Layout): Parts => unchained(layout).map(fuseEpilogue).reduce<Parts>(append, [])

/** The parts of a chain, with those of chains within it. */
const unchained = (layout: Layout.Layout): Parts =>
  layout._tag === "Chain" ? layout.parts.flatMap(unchained) : [layout]

/** The parts with one more, or with its activation where the last of them can apply that. */
const append = (parts: Parts, part: Layout.Layout): Parts => {
  const before = parts.at(-1)
  const activated = before && part._tag === "Leaf" ? activate(before, part) : undefined
  return activated === undefined ? [...parts, part] : [...parts.slice(0, -1), activated]
}

const activate = (before: Layout.Layout, { layer: { activation } }: Layout.Leaf): Layout.Layout | undefined => {
  if (activation === undefined) return undefined
  if (before._tag === "Leaf" && hasRoom(before)) return { ...before, activation }
  if (before._tag === "Residual" && before.last !== undefined && hasRoom(before.last)) {
    return { ...before, last: { ...before.last, activation } }
  }
  return undefined
}

/** Whether the layer takes an epilogue that does not end in an activation yet. */
const hasRoom = ({ activation, layer }: Layout.Leaf): boolean =>
  layer.takesEpilogue === true && activation === undefined
