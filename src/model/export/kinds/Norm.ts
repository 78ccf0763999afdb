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
