import type { HostTensor } from "../../Tensors.js"
import type { Export } from "../Export.js"
import type { Value } from "../GraphValue.js"
import type { Scope } from "../LayersGraph.js"
import { pickPixels, zeroPadding } from "./Padding.js"

interface Spec {
  readonly in: number
  readonly out: number
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  readonly groups: number
  readonly dilation: number
  readonly bias: boolean
}

interface Form {
  readonly type: "Conv2D" | "DepthwiseConv2D" | "GroupedConv2D"
  readonly kernel: number
  readonly dilation: number
  readonly config: Readonly<Record<string, number>>
  readonly weights: Readonly<Record<string, HostTensor>>
}

/** What tf.layers calls it. It has groups only where each is one channel; others are a layer of `effect-tensorflow/browser`. */
const formOf = (spec: Spec, weight: HostTensor): Form => {
  const { dilation, groups, kernel } = spec
  if (groups > 1 && groups === spec.in) {
    // This layer ignores a dilation, so the zeros are written into the kernel.
    const reach = dilation * (kernel - 1) + 1
    const multiplier = spec.out / spec.in
    return {
      type: "DepthwiseConv2D",
      kernel: reach,
      dilation: 1,
      config: { depth_multiplier: multiplier },
      weights: {
        depthwise_kernel: { shape: [reach, reach, spec.in, multiplier], data: spread(weight.data, kernel, dilation) }
      }
    }
  }
  return groups === 1
    ? { type: "Conv2D", kernel, dilation, config: { filters: spec.out }, weights: { kernel: weight } }
    : { type: "GroupedConv2D", kernel, dilation, config: { filters: spec.out, groups }, weights: { kernel: weight } }
}

/** A kernel with zeros between its taps, of whatever stands behind its height and width. */
const spread = (data: Float32Array, kernel: number, dilation: number): Float32Array => {
  const reach = dilation * (kernel - 1) + 1
  const tap = data.length / kernel ** 2
  const result = new Float32Array(reach ** 2 * tap)
  for (let row = 0; row < kernel; row++) {
    for (let column = 0; column < kernel; column++) {
      const from = (row * kernel + column) * tap
      result.set(data.subarray(from, from + tap), (row * reach + column) * dilation * tap)
    }
  }
  return result
}

const layers = (spec: Spec, x: Value, graph: Scope): string => {
  const { config, dilation, kernel, type, weights } = formOf(spec, graph.weight("weight"))
  // No layer has strides and dilation at once; there the pixels are left out afterwards.
  const stride = dilation === 1 ? spec.stride : 1
  const centred = stride === 1 && 2 * spec.padding === dilation * (kernel - 1)
  const y = graph.add(type, [centred ? x.name : zeroPadding(x.name, spec.padding, graph)], {
    config: {
      ...config,
      kernel_size: [kernel, kernel],
      strides: [stride, stride],
      padding: centred ? "same" : "valid",
      data_format: "channels_last",
      dilation_rate: [dilation, dilation],
      use_bias: spec.bias
    },
    weights: { ...weights, ...(spec.bias ? { bias: graph.weight("bias") } : {}) }
  })
  return stride === spec.stride ? y : pickPixels(y, spec.stride, graph)
}

/** A convolution, also in groups and dilated. */
export const conv = (spec: Spec): Export => ({
  layers: (x, graph) => layers(spec, x, graph),
  onnx: (x, graph) =>
    graph.add("Conv", [x.name, graph.parameter("weight"), ...(spec.bias ? [graph.parameter("bias")] : [])], {
      kernel_shape: [spec.kernel, spec.kernel],
      strides: [spec.stride, spec.stride],
      pads: [spec.padding, spec.padding, spec.padding, spec.padding],
      dilations: [spec.dilation, spec.dilation],
      group: spec.groups
    })
})
