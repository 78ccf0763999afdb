import type { Export } from "../Export.js"

/** What comes in goes out: also of a layer that does something in training only. */
export const identity: Export = { layers: (x) => x.name, onnx: (x) => x.name }

const activation =
  (name: string): NonNullable<Export["layers"]> =>
  (x, graph) =>
    graph.add("Activation", [x.name], { config: { activation: name } })

/** `max(x, 0)`. */
export const relu: Export = {
  layers: activation("relu"),
  onnx: (x, graph) => graph.add("Relu", [x.name])
}

/** `x * sigmoid(x)`. */
export const silu: Export = {
  layers: activation("swish"),
  onnx: (x, graph) => graph.add("Mul", [x.name, graph.add("Sigmoid", [x.name])])
}

/** The exact form; ONNX has an operator for it from opset 20 on only. */
export const gelu: Export = {
  layers: activation("gelu"),
  onnx: (x, graph) => {
    const erf = graph.add("Erf", [graph.add("Mul", [x.name, graph.floats([Math.SQRT1_2])])])
    const half = graph.add("Mul", [x.name, graph.floats([0.5])])
    return graph.add("Mul", [half, graph.add("Add", [erf, graph.floats([1])])])
  }
}

/** Multiplies by a number. */
export const scale = (by: number): Export => ({
  layers: (x, graph) => graph.add("Rescaling", [x.name], { config: { scale: by, offset: 0 } }),
  onnx: (x, graph) => graph.add("Mul", [x.name, graph.floats([by])])
})
