import type { Export } from "../Export.js"

/** `x * sigmoid(fc2(relu(fc1(mean of x))))`, channel by channel. */
export const squeezeExcitation = (spec: { readonly channels: number; readonly squeezed: number }): Export => ({
  layers: (x, graph) => {
    const dense = (from: string, name: string, [inputs, outputs]: readonly [number, number], activation: string) =>
      graph.add("Dense", [from], {
        name,
        config: { units: outputs, activation, use_bias: true },
        weights: {
          kernel: { shape: [inputs, outputs], data: graph.weight(`${name}.weight`).data },
          bias: graph.weight(`${name}.bias`)
        }
      })
    const mean = graph.add("GlobalAveragePooling2D", [x.name], {
      name: "squeeze",
      config: { data_format: "channels_last" }
    })
    const hidden = dense(mean, "fc1", [spec.channels, spec.squeezed], "relu")
    const weights = dense(hidden, "fc2", [spec.squeezed, spec.channels], "sigmoid")
    const each = graph.add("Reshape", [weights], { name: "each", config: { target_shape: [1, 1, spec.channels] } })
    return graph.add("Multiply", [x.name, each])
  },
  onnx: (x, graph) => {
    const convolution = (from: string, name: string) =>
      graph.add("Conv", [from, graph.parameter(`${name}.weight`), graph.parameter(`${name}.bias`)])
    const hidden = graph.add("Relu", [convolution(graph.add("GlobalAveragePool", [x.name]), "fc1")])
    return graph.add("Mul", [x.name, graph.add("Sigmoid", [convolution(hidden, "fc2")])])
  }
})
