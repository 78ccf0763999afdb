import type { Export } from "../Export.js"

/** Batch norm with the running statistics. */
export const batchNorm = (spec: {
  readonly channels: number
  readonly epsilon: number
  readonly scale: boolean
}): Export => ({
  layers: (x, graph) =>
    graph.add("BatchNormalization", [x.name], {
      config: { axis: -1, epsilon: spec.epsilon, center: true, scale: spec.scale },
      weights: {
        ...(spec.scale ? { gamma: graph.weight("weight") } : {}),
        beta: graph.weight("bias"),
        moving_mean: graph.weight("running_mean"),
        moving_variance: graph.weight("running_var")
      }
    }),
  onnx: (x, graph) =>
    graph.add(
      "BatchNormalization",
      [
        x.name,
        spec.scale ? graph.parameter("weight") : graph.floats(Array(spec.channels).fill(1), [spec.channels]),
        graph.parameter("bias"),
        graph.parameter("running_mean"),
        graph.parameter("running_var")
      ],
      { epsilon: { float: spec.epsilon } }
    )
})

/** Layer norm of a vector, or of the channels of each pixel. */
export const layerNorm = ({ epsilon }: { readonly epsilon: number }): Export => ({
  layers: (x, graph) =>
    graph.add("LayerNormalization", [x.name], {
      config: { axis: -1, epsilon, center: true, scale: true },
      weights: { gamma: graph.weight("weight"), beta: graph.weight("bias") }
    }),
  onnx: (x, graph) => {
    const norm = (y: string) =>
      graph.add("LayerNormalization", [y, graph.parameter("weight"), graph.parameter("bias")], {
        axis: -1,
        epsilon: { float: epsilon }
      })
    if (x.shape.length === 1) return norm(x.name)
    const channelsLast = graph.add("Transpose", [x.name], { perm: [0, 2, 3, 1] })
    return graph.add("Transpose", [norm(channelsLast)], { perm: [0, 3, 1, 2] })
  }
})

/** Group norm as two layers: one for the statistics of each group, one for the scale and offset of each channel. */
export const groupNorm = (spec: {
  readonly channels: number
  readonly groups: number
  readonly epsilon: number
}): Export => {
  const { channels, epsilon, groups } = spec
  return {
    layers: (x, graph) => {
      const [height, width] = x.shape
      const grouped = graph.add("Reshape", [x.name], {
        name: "groups",
        config: { target_shape: [height! * width!, groups, channels / groups] }
      })
      const normal = graph.add("LayerNormalization", [grouped], {
        name: "norm",
        config: { axis: [1, 3], epsilon, center: false, scale: false }
      })
      const images = graph.add("Reshape", [normal], { name: "images", config: { target_shape: x.shape } })
      return graph.add("DepthwiseConv2D", [images], {
        config: {
          kernel_size: [1, 1],
          padding: "valid",
          data_format: "channels_last",
          depth_multiplier: 1,
          use_bias: true
        },
        weights: {
          depthwise_kernel: { shape: [1, 1, channels, 1], data: graph.weight("weight").data },
          bias: graph.weight("bias")
        }
      })
    },
    onnx: (x, graph) => {
      const [height, width] = x.shape
      const ofEach = (value: number) => graph.floats(Array(groups).fill(value), [groups])
      const perChannel = (name: string) => graph.add("Unsqueeze", [graph.parameter(name), graph.integers(1, 2)])
      const grouped = graph.add("Reshape", [x.name, graph.integers(0, groups, -1)])
      const normal = graph.add("InstanceNormalization", [grouped, ofEach(1), ofEach(0)], {
        epsilon: { float: epsilon }
      })
      const images = graph.add("Reshape", [normal, graph.integers(0, channels, height!, width!)])
      return graph.add("Add", [graph.add("Mul", [images, perChannel("weight")]), perChannel("bias")])
    }
  }
}
