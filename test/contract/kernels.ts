import type * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { backends } from "../support/Backends.js"
import { assertEqualOn, type Host, noise, type Operation } from "../support/Evaluate.js"
import type { Row } from "./Row.js"

/** Outputs and gradients of this library's kernels are those of TensorFlow's. */
const row = (
  name: string,
  source: string,
  reference: string,
  operation: Operation,
  inputs: ReadonlyArray<Host>,
  differentiated: number
): Row => ({
  name,
  source: `TensorFlow 2.21.0, ${source}`,
  reference,
  tolerance: "1e-5",
  check: assertEqualOn(
    backends.tensorflow,
    backends["tensorflow's own kernels"],
    operation,
    inputs,
    differentiated
  ).pipe(Effect.orDie)
})

type Shape = readonly [n: number, height: number, width: number, inputs: number, outputs: number]

const convolution = (
  what: string,
  [n, height, width, inputs, outputs]: Shape,
  { padding, stride, window }: { readonly window: number; readonly stride: number; readonly padding: number }
) =>
  row(
    `convolution ${window}x${window}, ${what}`,
    "Conv2D, Conv2DBackpropInput, Conv2DBackpropFilter",
    `${n} images of ${height}x${width}, ${inputs} to ${outputs} channels, stride ${stride}, padding ${padding}`,
    ({ conv2d }, [x, filter]) => [conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, { stride, padding })],
    [noise("x", n, height, width, inputs), noise("filter", window, window, inputs, outputs)],
    2
  )

const same = { window: 3, stride: 1, padding: 1 }

const epilogues = [
  { sum: false, activation: undefined },
  { sum: false, activation: "relu" },
  { sum: false, activation: "gelu" },
  { sum: true, activation: undefined },
  { sum: true, activation: "relu" },
  { sum: true, activation: "gelu" }
] as const

/** Channels around the lengths of vectors, and rows that no length divides. */
const images = [
  [3, 7, 5, 1],
  [2, 5, 5, 7],
  [2, 9, 9, 16],
  [4, 8, 8, 33],
  [1, 3, 3, 64],
  [2, 1, 1, 130]
] as const

const batchNorm = (
  mode: "training" | "evaluation",
  [n, height, width, c]: (typeof images)[number],
  { activation, sum }: (typeof epilogues)[number]
) =>
  row(
    ["batch norm", ...(sum ? ["sum"] : []), ...(activation === undefined ? [] : [activation])].join(", "),
    mode === "training" ? "FusedBatchNormV3 and its gradient, AddN, Relu, Erf" : "FusedBatchNormV3, AddN, Relu, Erf",
    `${mode}, ${n} images of ${height}x${width}, ${c} channels`,
    (kernels, inputs) => {
      const [x, scale, offset, ...rest] = inputs
      const [mean, variance] = rest.slice(-2)
      const options = { epsilon: 1e-5, activation, residual: sum ? (rest[0] as tf.Tensor4D) : undefined }
      const channels = [scale, offset, mean, variance] as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D]
      if (mode === "evaluation") return [kernels.batchNormEval(x as tf.Tensor4D, ...channels, options)]
      const result = kernels.batchNormTrain(x as tf.Tensor4D, ...channels, { ...options, decay: 0.9 })
      return [result.y, result.mean, result.variance]
    },
    [
      noise("x", n, height, width, c),
      noise("scale", c),
      noise("offset", c),
      ...(sum ? [noise("residual", n, height, width, c)] : []),
      noise("mean", c),
      { shape: [c], data: noise("variance", c).data.map((x) => 0.5 + Math.abs(x)) }
    ],
    // In evaluation too, a mean may depend on what is trained: the bias before a frozen batch norm is taken from it.
    (mode === "evaluation" ? 5 : 3) + (sum ? 1 : 0)
  )

export const rows: ReadonlyArray<Row> = [
  convolution("the seminar's first", [8, 32, 32, 3, 16], same),
  convolution("the seminar's first stage", [8, 32, 32, 16, 16], same),
  convolution("the seminar's second stage", [8, 16, 16, 32, 32], same),
  convolution("the seminar's third stage", [8, 8, 8, 64, 64], same),
  convolution("the seminar's step to the second stage", [8, 32, 32, 16, 32], { ...same, stride: 2 }),
  convolution("odd sizes", [5, 13, 9, 17, 23], same),
  convolution("odd sizes and a stride", [5, 13, 9, 17, 23], { ...same, stride: 2 }),
  convolution("without padding", [3, 11, 10, 24, 40], { ...same, padding: 0 }),
  convolution("with twice the padding", [3, 6, 7, 16, 16], { ...same, padding: 2 }),
  convolution("a stride of three", [3, 11, 10, 5, 20], { ...same, stride: 3 }),
  convolution("airbench's whitening", [8, 32, 32, 3, 24], { window: 2, stride: 1, padding: 0 }),
  convolution("airbench's first group", [8, 31, 31, 24, 64], same),
  convolution("a small map", [9, 3, 3, 64, 64], same),
  convolution("one pixel", [9, 1, 1, 32, 32], same),
  convolution("LeNet's", [4, 28, 28, 1, 6], { window: 5, stride: 1, padding: 2 }),
  convolution("ResNet's first", [1, 64, 64, 3, 64], { window: 7, stride: 2, padding: 3 }),
  convolution("a bottleneck's", [2, 14, 14, 64, 128], { window: 1, stride: 1, padding: 0 }),
  convolution("a projection's", [2, 14, 14, 64, 128], { window: 1, stride: 2, padding: 0 }),
  convolution("a projection's of few channels", [4, 15, 15, 3, 24], { window: 1, stride: 2, padding: 0 }),
  ...(["training", "evaluation"] as const).flatMap((mode) =>
    images.flatMap((shape, i) =>
      epilogues.filter((_, j) => (i + j) % 2 === 0).map((epilogue) => batchNorm(mode, shape, epilogue))
    )
  )
]
