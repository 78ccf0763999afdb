import * as Layout from "../model/Layout.js"
import * as Network from "../model/Network.js"

/**
 * A parameter of a network, with its depth: 0 at the images, `deepest` at the logits.
 *
 * @category models
 */
export interface Placed extends Network.Located {
  readonly depth: number
  readonly deepest: number
}

/**
 * The parameters of a network by path, with their depths. A residual block is one step deeper, and so is any other layer with parameters; a norm has the
 * depth of what comes before it.
 */
export const placed = (network: Network.Network): ReadonlyMap<string, Placed> => {
  const units: Array<Array<Layout.Leaf>> = []
  for (const layout of unitsOf(Layout.make(network))) {
    const leaves = Layout.leaves(layout).filter(({ layer }) => layer.parameters.length > 0)
    const before = units.at(-1)
    if (before !== undefined && leaves.every(({ kind }) => kind.endsWith("Norm"))) before.push(...leaves)
    else if (leaves.length > 0) units.push(leaves)
  }
  const deepest = units.length - 1
  const depths = new Map(
    units.flatMap((leaves, depth) => leaves.flatMap(({ names }) => Object.values(names).map((path) => [path, depth])))
  )
  return new Map(
    Network.parameters(network).map((parameter) => [
      parameter.path,
      { ...parameter, depth: depths.get(parameter.path) ?? 0, deepest }
    ])
  )
}

const unitsOf = (layout: Layout.Layout): ReadonlyArray<Layout.Layout> =>
  layout._tag === "Chain" ? layout.parts.flatMap(unitsOf) : [layout]
