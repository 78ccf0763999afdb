import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Initializer from "../Initializer.js"
import { kind, unchanged } from "../Layer.js"
import type { Module } from "../Module.js"
import { rank4 } from "../Rank.js"
import { Count, imageOf, size, slide } from "../Shape.js"

export const Conv = Schema.TaggedStruct("Conv", {
  in: Count,
  out: Count,
  kernel: Count,
  stride: Count,
  padding: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  bias: Schema.Boolean
})
export type Conv = typeof Conv.Type

/**
 * 2D convolution with a square kernel, 3x3 unless told, and `padding` zeros on every side.
 *
 * **Shapes** `x [n, h, w, in]` -> `[n, h', w', out]`, `h' = floor((h + 2 padding - kernel) / stride) + 1`. The default padding,
 * `floor(kernel / 2)`, keeps the size at stride 1 (PyTorch's default is 0).
 * **Parameters** `weight` HWIO (OIHW in files), He normal by fan-out; `bias` unless told not to, zeros.
 */
export const conv = <const I extends number, const O extends number>(
  input: I,
  output: O,
  options: {
    readonly kernel?: number
    readonly stride?: number
    readonly padding?: number
    readonly bias?: boolean
  } = {}
): Module<I, O> => {
  const kernel = options.kernel ?? 3
  const spec: Conv = {
    _tag: "Conv",
    in: input,
    out: output,
    kernel,
    stride: options.stride ?? 1,
    padding: options.padding ?? Math.floor(kernel / 2),
    bias: options.bias ?? true
  }
  return spec
}

export const kindOfConv = kind("Conv", Conv, (spec) => {
  const shape = [spec.kernel, spec.kernel, spec.in, spec.out]
  return {
    parameters: [
      { name: "weight", shape, role: "param", init: Initializer.heNormal({ fan: "out" }), torchAxes: [3, 2, 0, 1] },
      ...(spec.bias ? [{ name: "bias", shape: [spec.out], role: "param", init: Initializer.constant(0) } as const] : [])
    ],
    outputShape: (input) =>
      imageOf(input, spec.in).pipe(Result.flatMap(() => slide(input, { ...spec, size: spec.kernel }, spec.out))),
    multiplyAdds: (output) => size(output) * spec.kernel * spec.kernel * spec.in,
    apply: (x, tensors, { kernels }) => {
      const y = kernels.conv2d(rank4(x), rank4(tensors.weight!), spec)
      return [tensors.bias === undefined ? y : tf.add(y, tensors.bias), unchanged]
    },
    ...(spec.bias ? { bias: "gives" } : {})
  }
})
