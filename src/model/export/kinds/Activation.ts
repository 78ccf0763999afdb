import type { Export } from "../Export.js"

/** What comes in goes out: also a layer that does something in training only. */
export const identity: Export = { layers: (x) => x.name, onnx: (x) => x.name }

const activation =
  (name: string): NonNullable<Export["layers"]> =>
  (x, graph) =>
    graph.add("Activation", [x.name], { config: { activation: name } })

export const relu: Export = {
  layers: activation("relu"),
  onnx: (x, graph) => graph.add("Relu", [x.name])
}
