import type { Export } from "../Export.js"
import type { Scope } from "../LayersGraph.js"
import type { Value } from "../Value.js"
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

/**
 * As tf.layers has it: in groups only where each group is one channel (other groups are a layer of `effect-tensorflow/browser`), and never with
 * strides and dilation at once, so that there the pixels are left out afterwards.
 */
const layers = (spec: Spec, x: Value, graph: Scope): string => {
  const stride = spec.dilation === 1 ? spec.stride : 1
  const centred = stride === 1 && 2 * spec.padding === spec.dilation * (spec.kernel - 1)
  const weight = graph.weight("weight")
  const bias = spec.bias ? { bias: graph.weight("bias") } : {}
  const config = {
    kernel_size: [spec.kernel, spec.kernel],
    strides: [stride, stride],
    padding: centred ? "same" : "valid",
    data_format: "channels_last",
    dilation_rate: [spec.dilation, spec.dilation],
    use_bias: spec.bias
  }
  const padded = centred ? x.name : zeroPadding(x.name, spec.padding, graph)
  const y =
    spec.groups === 1
      ? graph.add("Conv2D", [padded], {
          config: { ...config, filters: spec.out },
          weights: { kernel: weight, ...bias }
        })
      : spec.groups === spec.in
        ? graph.add("DepthwiseConv2D", [padded], {
            config: { ...config, depth_multiplier: spec.out / spec.in },
            weights: {
              depthwise_kernel: { shape: [spec.kernel, spec.kernel, spec.in, spec.out / spec.in], data: weight.data },
              ...bias
            }
          })
        : graph.add("GroupedConv2D", [padded], {
            config: { ...config, filters: spec.out, groups: spec.groups },
            weights: { kernel: weight, ...bias }
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
