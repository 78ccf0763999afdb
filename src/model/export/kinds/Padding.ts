import type { Export } from "../Export.js"
import type { Scope } from "../LayersGraph.js"

/** Zeros on every side of an image. */
export const zeroPadding = (x: string, padding: number, graph: Scope): string =>
  padding === 0
    ? x
    : graph.add("ZeroPadding2D", [x], {
        name: "padding",
        config: {
          padding: [
            [padding, padding],
            [padding, padding]
          ],
          data_format: "channels_last"
        }
      })

/** Every `stride`-th pixel of an image. */
export const pickPixels = (x: string, stride: number, graph: Scope): string =>
  stride === 1
    ? x
    : graph.add("AveragePooling2D", [x], {
        name: "pick",
        config: { pool_size: [1, 1], strides: [stride, stride], padding: "valid", data_format: "channels_last" }
      })

/** Every `stride`-th pixel, and zeros for the new channels. */
export const identityPadding = (spec: {
  readonly stride: number
  readonly before: number
  readonly after: number
}): Export => {
  const { after, before } = spec
  return {
    layers: (x, graph) => {
      const picked = pickPixels(x.name, spec.stride, graph)
      if (before + after === 0) return picked
      // tf.layers pads only the second and third axis; so the channels are moved there and back.
      const turned = graph.add("Permute", [picked], { name: "turn", config: { dims: [1, 3, 2] } })
      const padded = graph.add("ZeroPadding2D", [turned], {
        name: "zeros",
        config: {
          padding: [
            [0, 0],
            [before, after]
          ],
          data_format: "channels_last"
        }
      })
      return graph.add("Permute", [padded], { config: { dims: [1, 3, 2] } })
    },
    onnx: (x, graph) => {
      const picked =
        spec.stride === 1
          ? x.name
          : graph.add("Slice", [
              x.name,
              graph.integers(0, 0),
              graph.integers(x.shape[0]!, x.shape[1]!),
              graph.integers(2, 3),
              graph.integers(spec.stride, spec.stride)
            ])
      return before + after === 0 ? picked : graph.add("Pad", [picked, graph.integers(0, before, 0, 0, 0, after, 0, 0)])
    }
  }
}
