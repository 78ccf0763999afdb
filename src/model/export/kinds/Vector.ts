import type { Export } from "../Export.js"

/** An image as a vector, channel by channel. */
export const flatten: Export = {
  layers: (x, graph) => {
    if (x.shape.length === 1) return x.name
    const [height, width, channels] = x.shape
    const turned =
      height! * width! > 1 && channels! > 1
        ? graph.add("Permute", [x.name], { name: "turn", config: { dims: [3, 1, 2] } })
        : x.name
    return graph.add("Flatten", [turned])
  },
  onnx: (x, graph) => graph.add("Flatten", [x.name], { axis: 1 })
}

/** `x weight + bias`. */
export const linear = (spec: { readonly out: number; readonly bias: boolean }): Export => ({
  layers: (x, graph) =>
    graph.add("Dense", [x.name], {
      config: { units: spec.out, activation: "linear", use_bias: spec.bias },
      weights: { kernel: graph.weight("weight"), ...(spec.bias ? { bias: graph.weight("bias") } : {}) }
    }),
  onnx: (x, graph) =>
    graph.add("Gemm", [x.name, graph.parameter("weight"), ...(spec.bias ? [graph.parameter("bias")] : [])], {
      transB: 1
    })
})
