import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result, Schema } from "effect"
import * as Vector from "../export/kinds/Vector.js"
import * as Initializer from "../Initializer.js"
import { kind, unchanged } from "../Layer.js"
import type { Module } from "../Module.js"
import { rank1, rank2 } from "../Rank.js"
import { Count, show } from "../Shape.js"

export const Linear = Schema.TaggedStruct("Linear", {
  in: Count,
  out: Count,
  bias: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  init: Schema.optionalKey(Initializer.Initializer),
  biasInit: Schema.optionalKey(Initializer.Initializer)
})
export type Linear = typeof Linear.Type

/**
 * Fully connected layer: `x weight + bias`.
 *
 * **Shapes** `x [n, in]` -> `[n, out]`.
 * **Parameters** `weight` [in, out] ([out, in] in files) and `bias`, none with `bias: false`; both by default uniform in `-1/sqrt(in) .. 1/sqrt(in)`, as in
 * PyTorch.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Kinds, Layers } from "effect-tensorflow/model"
 *
 * const layer = Kinds.layerOf(Kinds.builtIn, Layers.linear(64, 10))
 *
 * Result.getOrThrow(layer.outputShape([64])) // => [10]
 * layer.parameters.map(({ name, shape }) => [name, shape]) // => [["weight", [64, 10]], ["bias", [10]]]
 * ```
 * @category layers
 */
export const linear = <const I extends number, const O extends number>(
  input: I,
  output: O,
  options: {
    readonly bias?: boolean
    readonly init?: Initializer.Initializer
    readonly biasInit?: Initializer.Initializer
  } = {}
): Module<I, O> => {
  const spec: Linear = { _tag: "Linear", in: input, out: output, bias: true, ...options }
  return spec
}

export const kindOfLinear = kind("Linear", Linear, (spec) => {
  const init = Initializer.uniform(1 / Math.sqrt(spec.in))
  return {
    parameters: [
      { name: "weight", shape: [spec.in, spec.out], role: "param", init: spec.init ?? init, torchAxes: [1, 0] },
      ...(spec.bias ? [{ name: "bias", shape: [spec.out], role: "param", init: spec.biasInit ?? init } as const] : [])
    ],
    outputShape: (input) =>
      input.length === 1 && input[0] === spec.in
        ? Result.succeed([spec.out])
        : Result.fail({
            expected: `a vector of ${spec.in} features, for which this layer was made`,
            actual: show(input),
            fix:
              input.length === 1
                ? `make this layer for ${input[0]} features`
                : "place flatten or globalAvgPool before it, and make it for the features that they give"
          }),
    multiplyAdds: () => spec.in * spec.out,
    apply: (x, tensors, { kernels }, epilogue) => {
      const y = tf.matMul(rank2(x), rank2(tensors.weight!))
      return [tensors.bias === undefined ? y : kernels.addBias<tf.Tensor>(y, rank1(tensors.bias), epilogue), unchanged]
    },
    ...(spec.bias ? { takesEpilogue: true } : {}),
    export: Vector.linear(spec)
  }
})
