import { Result } from "effect"
import * as Layout from "../Layout.js"
import type { ShapeError } from "../ShapeError.js"
import type { Export } from "./Export.js"
import { ExportError } from "./ExportError.js"
import type { Value } from "./GraphValue.js"

/** How the parts of a network are written in one format; each function returns the name of the output. */
export interface Writer<Format extends keyof Export> {
  readonly format: Format
  readonly leaf: (leaf: Layout.Leaf, x: Value, write: NonNullable<Export[Format]>) => string
  readonly add: (path: string, body: Value, shortcut: Value) => string
}

/** Writes a network part by part, in the order of the computation, and returns its output. */
export const walk = <Format extends keyof Export>(
  layout: Layout.Layout,
  x: Value,
  writer: Writer<Format>
): Result.Result<Value, ShapeError | ExportError> => {
  switch (layout._tag) {
    case "Leaf":
      return Result.gen(function* () {
        const { kind, layer, path } = layout
        const shape = yield* Layout.outputShape(layout, x.shape)
        const write = layer.export?.[writer.format]
        return write === undefined
          ? yield* Result.fail(new ExportError({ format: writer.format, kind, path }))
          : { name: writer.leaf(layout, x, write), shape }
      })
    case "Chain":
      return layout.parts.reduce<ReturnType<typeof walk>>(
        (value, part) => Result.flatMap(value, (x) => walk(part, x, writer)),
        Result.succeed(x)
      )
    case "Residual":
      return Result.gen(function* () {
        const body = yield* walk(layout.body, x, writer)
        const shortcut = yield* walk(layout.shortcut, x, writer)
        return { name: writer.add(layout.path, body, shortcut), shape: body.shape }
      })
  }
}
