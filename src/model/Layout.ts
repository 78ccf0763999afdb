import { Result } from "effect"
import type { Chain, Named, Residual } from "./Compose.js"
import type { Activation } from "./Kernels.js"
import * as Kinds from "./Kinds.js"
import type { Layer } from "./Layer.js"
import type { Module } from "./Module.js"
import { type Mismatch, type Shape, show } from "./Shape.js"
import { ShapeError } from "./ShapeError.js"

/** A network's tree with every layer at its path, which all interpreters walk. */
export type Layout =
  | {
      readonly _tag: "Leaf"
      readonly path: string
      readonly kind: string
      readonly layer: Layer
      /** The tensors that the layer reads and updates: their full names by those that it calls them. */
      readonly names: Readonly<Record<string, string>>
      /** Added to the layer's new state when the whole network has computed. */
      readonly addition?: Addition
      /** What the layer applies to its output, as the end of its epilogue. */
      readonly activation?: Activation
    }
  | { readonly _tag: "Chain"; readonly path: string; readonly parts: ReadonlyArray<Layout> }
  | {
      readonly _tag: "Residual"
      readonly path: string
      readonly body: Layout
      readonly shortcut: Layout
      /** A last layer of the body that adds the shortcut to its output. */
      readonly last?: Leaf
    }
export type Leaf = Extract<Layout, { _tag: "Leaf" }>

/** `state` grows by `share` times the tensor `of`; both are full names. */
export interface Addition {
  readonly state: string
  readonly of: string
  readonly share: number
}

/** What is laid out: a body, and the kinds of its layers where they are not all built in. */
export interface Source {
  readonly body: Module
  readonly kinds?: Kinds.Kinds
}

/** `conv1` in `layer1.0` is `layer1.0.conv1`; an empty part adds no dot. */
export const join = (path: string, name: string): string =>
  path === "" || name === "" ? path + name : `${path}.${name}`

export const isNamed = (module: Module): module is Named => module._tag === "Named"
export const isChain = (module: Module): module is Chain => module._tag === "Chain"
export const isResidual = (module: Module): module is Residual => module._tag === "Residual"

/** Lays a network out. */
export const make = ({ body, kinds = Kinds.builtIn }: Source): Layout => {
  const at = (path: string, module: Module): Layout => {
    if (isNamed(module)) {
      return at(join(path, module.name), module.module)
    }
    if (isChain(module)) {
      return { _tag: "Chain", path, parts: module.modules.map((part, index) => child(path, String(index), part)) }
    }
    if (isResidual(module)) {
      return {
        _tag: "Residual",
        path,
        body: at(path, module.body),
        shortcut: child(path, "shortcut", module.shortcut)
      }
    }
    const layer = Kinds.layerOf(kinds, module)
    const names = Object.fromEntries(layer.parameters.map(({ name }) => [name, join(path, name)]))
    return { _tag: "Leaf", path, kind: module._tag, layer, names }
  }
  const child = (path: string, name: string, module: Module): Layout =>
    at(isNamed(module) ? path : join(path, name), module)
  return at("", body)
}

/** The layers, in the order of the computation. */
export const leaves = (layout: Layout): ReadonlyArray<Leaf> =>
  layout._tag === "Leaf" ? [layout] : insides(layout).flatMap(leaves)

/** What a layout is made of, in the order of the computation. */
const insides = (layout: Layout): ReadonlyArray<Layout> => {
  switch (layout._tag) {
    case "Leaf":
      return []
    case "Chain":
      return layout.parts
    case "Residual":
      return [layout.body, layout.shortcut, ...(layout.last === undefined ? [] : [layout.last])]
  }
}

/** All paths, outer before inner. */
export const paths = (layout: Layout): ReadonlyArray<string> =>
  [...new Set([layout.path, ...insides(layout).flatMap(paths)])].filter((path) => path !== "")

/** What computes the part at `path`, and nothing after it; of several parts with that path, the outermost. Within a residual, only one side. */
export const upTo = (layout: Layout, path: string): Layout | undefined => {
  if (layout.path === path) return layout
  switch (layout._tag) {
    case "Leaf":
      return undefined
    case "Chain": {
      for (const [index, part] of layout.parts.entries()) {
        const last = upTo(part, path)
        if (last !== undefined) return { ...layout, parts: [...layout.parts.slice(0, index), last] }
      }
      return undefined
    }
    case "Residual":
      return upTo(layout.body, path) ?? upTo(layout.shortcut, path)
  }
}

const shapeError = (path: string, mismatch: Mismatch) =>
  new ShapeError({ path: path === "" ? "network" : path, ...mismatch })

/** The output shape for an `input`; `visit` is called with every layer on the way. */
export const outputShape = (
  layout: Layout,
  input: Shape,
  visit: (leaf: Leaf, output: Shape) => void = () => {}
): Result.Result<Shape, ShapeError> => {
  switch (layout._tag) {
    case "Leaf":
      return layout.layer.outputShape(input).pipe(
        Result.mapError((mismatch) => shapeError(layout.path, mismatch)),
        Result.tap((output) => visit(layout, output))
      )
    case "Chain":
      return layout.parts.reduce<Result.Result<Shape, ShapeError>>(
        (shape, part) => Result.flatMap(shape, (known) => outputShape(part, known, visit)),
        Result.succeed(input)
      )
    case "Residual":
      return Result.gen(function* () {
        const inner = yield* outputShape(layout.body, input, visit)
        const body = layout.last === undefined ? inner : yield* outputShape(layout.last, inner, visit)
        const shortcut = yield* outputShape(layout.shortcut, input, visit)
        return show(body) === show(shortcut)
          ? body
          : yield* Result.fail(shapeError(layout.path, unequalSides(input, body, shortcut)))
      })
  }
}

const unequalSides = (input: Shape, body: Shape, shortcut: Shape): Mismatch => {
  const [from, to] = [input[2], body[2]]
  const stride = Math.ceil(input[0]! / body[0]!)
  const options = stride === 1 ? "" : `, { stride: ${stride} }`
  const projection = `projection(${from}, ${to}${options})`
  return {
    expected: `both sides of the residual to make the same shape of ${show(input)}`,
    actual: `${show(body)} from the body and ${show(shortcut)} from the shortcut`,
    fix:
      from === undefined || to === undefined
        ? `use a shortcut that makes ${show(body)}`
        : show(input) === show(body)
          ? "use the shortcut identity"
          : from > to
            ? `use the shortcut ${projection}`
            : `use the shortcut identityPadding(${from}, ${to}${options}) or ${projection}`
  }
}
