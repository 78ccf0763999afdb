import { Schema } from "effect"
import type { Generator } from "../internal/Random.js"
import { type Shape, size } from "./Shape.js"

const Fan = Schema.Literals(["in", "out", "average"])
type Fan = typeof Fan.Type

const Drawn = Schema.Union([
  Schema.TaggedStruct("Constant", { value: Schema.Finite }),
  Schema.TaggedStruct("Uniform", { bound: Schema.Finite }),
  Schema.TaggedStruct("Normal", { deviation: Schema.Finite }),
  Schema.TaggedStruct("TruncatedNormal", {
    deviation: Schema.Finite,
    bound: Schema.Finite.check(Schema.isGreaterThan(0))
  }),
  Schema.TaggedStruct("VarianceScaling", {
    scale: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
    fan: Fan,
    distribution: Schema.Literals(["normal", "uniform"])
  }),
  Schema.TaggedStruct("Orthogonal", { gain: Schema.Finite })
])
type Drawn = typeof Drawn.Type

/**
 * How the initial values of a parameter are drawn, as data.
 *
 * @category models
 */
export const Initializer = Schema.Union([Drawn, Schema.TaggedStruct("Dirac", { rest: Drawn })])
/** @category models */
export type Initializer = typeof Initializer.Type

/**
 * One value everywhere.
 *
 * @example
 * ```ts
 * import { Initializer, Layers } from "effect-tensorflow/model"
 *
 * const { batchNorm, conv } = Layers
 *
 * conv(16, 16, { init: Initializer.orthogonal(), biasInit: Initializer.constant(0.1) })
 *
 * // The last batch norm of a residual body: the block starts as its shortcut.
 * batchNorm(16, { init: Initializer.constant(0) })
 *
 * Initializer.heNormal({ fan: "out" }) // => { _tag: "VarianceScaling", scale: 2, fan: "out", distribution: "normal" }
 * ```
 * @category initializers
 */
export const constant = (value: number): Drawn => ({ _tag: "Constant", value })

/**
 * Uniform in `-bound .. bound`.
 *
 * @category initializers
 */
export const uniform = (bound: number): Drawn => ({ _tag: "Uniform", bound })

/**
 * Normal around zero.
 *
 * @category initializers
 */
export const normal = (deviation: number): Drawn => ({ _tag: "Normal", deviation })

/**
 * Normal around zero, drawn again where it falls outside `-bound .. bound`.
 *
 * The bound is a value, not a number of deviations; it defaults to 2, as in PyTorch's `trunc_normal_`.
 *
 * @category initializers
 */
export const truncatedNormal = (deviation: number, options: { readonly bound?: number } = {}): Drawn => ({
  _tag: "TruncatedNormal",
  deviation,
  bound: options.bound ?? 2
})

const varianceScaling =
  (scale: number, distribution: "normal" | "uniform") =>
  (fan: Fan): Drawn => ({ _tag: "VarianceScaling", scale, fan, distribution })

/**
 * Normal with variance `2 / fan`, for weights in front of a ReLU.
 *
 * **Source** He et al. 2015, arXiv:1502.01852; `kaiming_normal_(nonlinearity="relu")` of PyTorch.
 *
 * @category initializers
 */
export const heNormal = (options: { readonly fan: "in" | "out" }): Drawn => varianceScaling(2, "normal")(options.fan)

/**
 * Uniform with variance `2 / fan`; `kaiming_uniform_(nonlinearity="relu")` of PyTorch.
 *
 * @category initializers
 */
export const heUniform = (options: { readonly fan: "in" | "out" }): Drawn => varianceScaling(2, "uniform")(options.fan)

/**
 * Normal with variance `2 / (fan-in + fan-out)`.
 *
 * **Source** Glorot and Bengio 2010; `xavier_normal_` of PyTorch.
 *
 * @category initializers
 */
export const glorotNormal: Drawn = varianceScaling(1, "normal")("average")

/**
 * Uniform with variance `2 / (fan-in + fan-out)`; `xavier_uniform_` of PyTorch.
 *
 * @category initializers
 */
export const glorotUniform: Drawn = varianceScaling(1, "uniform")("average")

/**
 * PyTorch's default for convolutions and linear layers: uniform in `-1 / sqrt(fan-in) .. 1 / sqrt(fan-in)`.
 *
 * @category initializers
 */
export const torchDefault: Drawn = varianceScaling(1 / 3, "uniform")("in")

/**
 * A matrix of a row for each output filter, its rows orthogonal and of length `gain`; where there are more rows than columns, its columns are. Costs
 * `n^2 m` for `n` vectors of `m` numbers.
 *
 * **Source** Saxe et al. 2013, arXiv:1312.6120; `orthogonal_` of PyTorch.
 *
 * @category initializers
 */
export const orthogonal = (options: { readonly gain?: number } = {}): Drawn => ({
  _tag: "Orthogonal",
  gain: options.gain ?? 1
})

/**
 * The first filters pass one channel each: 1 at the center of that channel, zeros elsewhere. Filters beyond the number of channels are drawn from
 * `rest`.
 *
 * **Source** `dirac_` of PyTorch, over the first filters, as in airbench (Jordan 2024, arXiv:2404.00498).
 *
 * @category initializers
 */
export const dirac = (options: { readonly rest: Drawn }): Initializer => ({ _tag: "Dirac", rest: options.rest })

/**
 * The number of inputs that an output is the sum of, or of outputs that an input goes into.
 *
 * **Shapes** the last two dimensions are those of inputs and outputs, `[in, out]` or `[kh, kw, in, out]`; of a convolution in groups, the inputs of one.
 */
const fanOf = (shape: Shape, fan: Fan): number => {
  const area = size(shape.slice(0, -2))
  const [inputs, outputs] = [area * (shape.at(-2) ?? 1), area * (shape.at(-1) ?? 1)]
  return fan === "average" ? (inputs + outputs) / 2 : fan === "in" ? inputs : outputs
}

const draw = (shape: Shape, next: () => number): Float32Array => Float32Array.from({ length: size(shape) }, next)

/**
 * The initial values of a parameter of that shape.
 *
 * @category initializers
 */
export const sample = (initializer: Initializer, shape: Shape, generator: Generator): Float32Array => {
  switch (initializer._tag) {
    case "Constant":
      return new Float32Array(size(shape)).fill(initializer.value)
    case "Uniform":
      return draw(shape, () => initializer.bound * (2 * generator.uniform() - 1))
    case "Normal":
      return draw(shape, () => initializer.deviation * generator.normal())
    case "TruncatedNormal":
      return draw(shape, () => {
        let value: number
        do {
          value = initializer.deviation * generator.normal()
        } while (Math.abs(value) > initializer.bound)
        return value
      })
    case "VarianceScaling": {
      const deviation = Math.sqrt(initializer.scale / fanOf(shape, initializer.fan))
      return sample(
        initializer.distribution === "normal" ? normal(deviation) : uniform(Math.sqrt(3) * deviation),
        shape,
        generator
      )
    }
    case "Orthogonal":
      return sampleOrthogonal(shape, initializer.gain, generator)
    case "Dirac":
      return withDirac(sample(initializer.rest, shape, generator), shape)
  }
}

/** The rows of a normal matrix made orthogonal one by one (Gram-Schmidt, each twice against rounding). */
const sampleOrthogonal = (shape: Shape, gain: number, generator: Generator): Float32Array => {
  const outputs = shape.at(-1) ?? 1
  const inputs = size(shape) / outputs
  const [count, length] = outputs <= inputs ? [outputs, inputs] : [inputs, outputs]
  const rows: Array<Float64Array> = []
  for (let i = 0; i < count; i++) {
    const row = Float64Array.from({ length }, generator.normal)
    for (const earlier of [...rows, ...rows]) {
      const along = dot(row, earlier)
      for (let j = 0; j < length; j++) row[j]! -= along * earlier[j]!
    }
    const norm = Math.sqrt(dot(row, row))
    rows.push(row.map((x) => x / norm))
  }
  return Float32Array.from({ length: inputs * outputs }, (_, at) => {
    const [input, output] = [Math.floor(at / outputs), at % outputs]
    return gain * (outputs <= inputs ? rows[output]![input]! : rows[input]![output]!)
  })
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

const withDirac = (values: Float32Array, shape: Shape): Float32Array => {
  const [height = 1, width = 1, inputs = 1, outputs = 1] = shape
  const centre = Math.floor(height / 2) * width + Math.floor(width / 2)
  return values.map((value, at) => {
    const [output, input, tap] = [at % outputs, Math.floor(at / outputs) % inputs, Math.floor(at / (outputs * inputs))]
    return output >= inputs ? value : input === output && tap === centre ? 1 : 0
  })
}
