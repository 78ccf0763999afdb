import type { Export } from "../Export.js"
import { pickPixels } from "./Padding.js"

interface Window {
  readonly size: number
  readonly stride: number
}

const config = ({ size, stride }: Window) => ({
  pool_size: [size, size],
  strides: [stride, stride],
  padding: "valid",
  data_format: "channels_last"
})

const attributes = ({ size, stride }: Window) => ({ kernel_shape: [size, size], strides: [stride, stride] })

/** Mean of each square window. */
export const avgPool = (spec: Window): Export => ({
  layers: (x, graph) => graph.add("AveragePooling2D", [x.name], { config: config(spec) }),
  onnx: (x, graph) => graph.add("AveragePool", [x.name], attributes(spec))
})

/**
 * Largest value of each square window. tf.layers pads only so that the size stays; padding of half the window is done by
 * leaving out pixels afterwards, other padding by a layer of `effect-tensorflow/browser`.
 */
export const maxPool = (spec: Window & { readonly padding: number }): Export => ({
  layers: (x, graph) => {
    const { padding, size, stride } = spec
    if (padding === 0) return graph.add("MaxPooling2D", [x.name], { config: config(spec) })
    if (2 * padding !== size - 1) {
      return graph.add("PaddedMaxPooling2D", [x.name], { config: { pool_size: size, strides: stride, padding } })
    }
    const same = graph.add("MaxPooling2D", [x.name], { config: { ...config({ size, stride: 1 }), padding: "same" } })
    return pickPixels(same, stride, graph)
  },
  onnx: (x, graph) =>
    graph.add("MaxPool", [x.name], {
      ...attributes(spec),
      pads: [spec.padding, spec.padding, spec.padding, spec.padding]
    })
})

const globalPool = (type: "Average" | "Max"): Export => ({
  layers: (x, graph) => graph.add(`Global${type}Pooling2D`, [x.name], { config: { data_format: "channels_last" } }),
  onnx: (x, graph) => graph.add("Flatten", [graph.add(`Global${type}Pool`, [x.name])], { axis: 1 })
})

/** Mean of each channel. */
export const globalAvgPool = globalPool("Average")

/** Largest value of each channel. */
export const globalMaxPool = globalPool("Max")
