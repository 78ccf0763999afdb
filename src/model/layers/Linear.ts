import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Initializer from "../Initializer.js"
import { kind, unchanged } from "../Layer.js"
import type { Module } from "../Module.js"
import { rank2 } from "../Rank.js"
import { Count, show } from "../Shape.js"

export const Linear = Schema.TaggedStruct("Linear", { in: Count, out: Count })
export type Linear = typeof Linear.Type

/**
 * Fully connected layer: `x weight + bias`.
 *
 * **Shapes** `x [n, in]` -> `[n, out]`.
 * **Parameters** `weight` [in, out] ([out, in] in files) and `bias`, uniform in `-1/sqrt(in) .. 1/sqrt(in)`, PyTorch's default.
 */
export const linear = <const I extends number, const O extends number>(input: I, output: O): Module<I, O> => {
  const spec: Linear = { _tag: "Linear", in: input, out: output }
  return spec
}

export const kindOfLinear = kind("Linear", Linear, (spec) => {
  const init = Initializer.uniform(1 / Math.sqrt(spec.in))
  return {
    parameters: [
      { name: "weight", shape: [spec.in, spec.out], role: "param", init, torchAxes: [1, 0] },
      { name: "bias", shape: [spec.out], role: "param", init }
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
    apply: (x, tensors) => [tf.add(tf.matMul(rank2(x), rank2(tensors.weight!)), tensors.bias!), unchanged]
  }
})
