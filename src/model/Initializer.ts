import { Schema } from "effect"
import type { Generator } from "../internal/Random.js"
import { type Shape, size } from "./Shape.js"

const Fan = Schema.Literals(["in", "out"])

/** How the first values of a parameter are drawn, as data. */
export const Initializer = Schema.Union([
  Schema.TaggedStruct("Constant", { value: Schema.Finite }),
  Schema.TaggedStruct("Uniform", { bound: Schema.Finite }),
  Schema.TaggedStruct("HeNormal", { fan: Fan })
])
export type Initializer = typeof Initializer.Type

/** One value everywhere. */
export const constant = (value: number): Initializer => ({ _tag: "Constant", value })

/** Uniform in `-bound .. bound`. */
export const uniform = (bound: number): Initializer => ({ _tag: "Uniform", bound })

/**
 * Normal with variance `2 / fan`, for weights in front of a ReLU.
 *
 * **Source** He et al. 2015, arXiv:1502.01852; `kaiming_normal_(nonlinearity="relu")` of PyTorch.
 */
export const heNormal = (options: { readonly fan: "in" | "out" }): Initializer => ({ _tag: "HeNormal", ...options })

/**
 * How many inputs an output is the sum of, and how many outputs an input goes into.
 *
 * **Shapes** the last two dimensions are those of inputs and outputs, `[in, out]` or `[kh, kw, in, out]`; of a convolution in groups, the inputs of one.
 */
const fans = (shape: Shape): { readonly in: number; readonly out: number } => {
  const area = size(shape.slice(0, -2))
  return { in: area * (shape.at(-2) ?? 1), out: area * (shape.at(-1) ?? 1) }
}

const draw = (shape: Shape, next: () => number): Float32Array => Float32Array.from({ length: size(shape) }, next)

/** The first values of a parameter of that shape. */
export const sample = (initializer: Initializer, shape: Shape, generator: Generator): Float32Array => {
  switch (initializer._tag) {
    case "Constant":
      return new Float32Array(size(shape)).fill(initializer.value)
    case "Uniform":
      return draw(shape, () => initializer.bound * (2 * generator.uniform() - 1))
    case "HeNormal": {
      const deviation = Math.sqrt(2 / fans(shape)[initializer.fan])
      return draw(shape, () => deviation * generator.normal())
    }
  }
}
