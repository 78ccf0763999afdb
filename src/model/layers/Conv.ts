import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result, Schema } from "effect"
import * as Written from "../export/kinds/Conv.js"
import * as Initializer from "../Initializer.js"
import { kind, type Parameter, unchanged } from "../Layer.js"
import type { Module } from "../Module.js"
import { rank1, rank4 } from "../Rank.js"
import { Count, imageOf, size, slide } from "../Shape.js"

const defaultsToOne = Schema.withDecodingDefaultKey<typeof Count>(Effect.succeed(1))

export const Conv = Schema.TaggedStruct("Conv", {
  in: Count,
  out: Count,
  kernel: Count,
  stride: Count,
  padding: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  bias: Schema.Boolean,
  groups: Count.pipe(defaultsToOne),
  dilation: Count.pipe(defaultsToOne),
  frozen: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  init: Schema.optionalKey(Initializer.Initializer),
  biasInit: Schema.optionalKey(Initializer.Initializer)
}).check(
  Schema.makeFilter(
    (spec) => (spec.in % spec.groups === 0 && spec.out % spec.groups === 0) || "groups that divide both in and out"
  )
)
export type Conv = typeof Conv.Type

/**
 * 2D convolution with a square kernel, by default 3x3, and `padding` zeros on every side.
 *
 * With `groups`, each group of outputs depends on its group of inputs only; as many groups as inputs make it depthwise. With `frozen`, its weight is
 * state that nothing updates, and only its bias is trainable.
 *
 * **Shapes** `x [n, h, w, in]` -> `[n, h', w', out]`, `h' = floor((h + 2 padding - reach) / stride) + 1` with
 * `reach = dilation (kernel - 1) + 1`. The default padding, `floor(reach / 2)`, keeps the size at stride 1 (PyTorch's default is 0).
 * **Parameters** `weight` HWIO (OIHW in files) of `in / groups` inputs, by default He normal by fan-out; `bias`, by default zeros, none with `bias: false`.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Kinds, Layers } from "effect-tensorflow/model"
 *
 * const layer = Kinds.layerOf(Kinds.builtIn, Layers.conv(3, 16, { stride: 2 }))
 *
 * Result.getOrThrow(layer.outputShape([32, 32, 3])) // => [16, 16, 16]
 * layer.parameters.map(({ name, shape }) => [name, shape]) // => [["weight", [3, 3, 3, 16]], ["bias", [16]]]
 * ```
 * @category layers
 */
export const conv = <const I extends number, const O extends number>(
  input: I,
  output: O,
  options: {
    readonly kernel?: number
    readonly stride?: number
    readonly padding?: number
    readonly bias?: boolean
    readonly groups?: number
    readonly dilation?: number
    readonly frozen?: boolean
    readonly init?: Initializer.Initializer
    readonly biasInit?: Initializer.Initializer
  } = {}
): Module<I, O> => {
  const { kernel = 3, dilation = 1 } = options
  const spec: Conv = {
    _tag: "Conv",
    in: input,
    out: output,
    kernel,
    stride: 1,
    padding: Math.floor(reach(kernel, dilation) / 2),
    bias: true,
    groups: 1,
    dilation,
    frozen: false,
    ...options
  }
  return spec
}

/** The side of the kernel in pixels. */
const reach = (kernel: number, dilation: number): number => dilation * (kernel - 1) + 1

export const kindOfConv = kind("Conv", Conv, (spec) => {
  const { bias, biasInit, dilation, frozen, groups, kernel, stride, padding } = spec
  const weight: Parameter = {
    name: "weight",
    shape: [kernel, kernel, spec.in / groups, spec.out],
    role: frozen ? "state" : "param",
    init: spec.init ?? Initializer.heNormal({ fan: "out" }),
    torchAxes: [3, 2, 0, 1]
  }
  return {
    parameters: [
      weight,
      ...(bias
        ? [{ name: "bias", shape: [spec.out], role: "param", init: biasInit ?? Initializer.constant(0) } as const]
        : [])
    ],
    outputShape: (input) =>
      imageOf(input, spec.in).pipe(
        Result.flatMap(() => slide(input, { size: reach(kernel, dilation), stride, padding }, spec.out))
      ),
    multiplyAdds: (output) => (size(output) * kernel * kernel * spec.in) / groups,
    apply: (x, tensors, { kernels }, epilogue) => {
      const y = kernels.conv2d(rank4(x), spread(rank4(tensors.weight!), dilation), { stride, padding })
      return [tensors.bias === undefined ? y : kernels.addBias<tf.Tensor>(y, rank1(tensors.bias), epilogue), unchanged]
    },
    ...(bias ? { givesBias: true, takesEpilogue: true } : {}),
    export: Written.conv(spec)
  }
})

/**
 * The filter with `dilation - 1` zeros between its taps, with which a plain convolution computes a dilated one. Not every backend has the gradients of
 * dilated convolutions; the price is the work on the zeros.
 */
const spread = (filter: tf.Tensor4D, dilation: number): tf.Tensor4D => {
  if (dilation === 1) return filter
  const [height, width, inputs, outputs] = filter.shape
  const gap = dilation - 1
  const row = width * dilation * inputs * outputs
  const columns = tf.pad(tf.reshape(filter, [height * width, inputs * outputs]), [none, [0, gap * inputs * outputs]])
  const rows = tf.pad(tf.reshape(columns, [height, row]), [none, [0, gap * row]])
  return tf.slice4d(
    tf.reshape(rows, [height * dilation, width * dilation, inputs, outputs]),
    [0, 0, 0, 0],
    [reach(height, dilation), reach(width, dilation), inputs, outputs]
  )
}

const none: [number, number] = [0, 0]
