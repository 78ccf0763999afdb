import type { Window } from "../../../model/Kernels.js"
import type { Values } from "./Values.js"

interface Dilated extends Window {
  /** Distance of two taps in pixels, 1 for a plain convolution. */
  readonly dilation: number
}

/** The shape that a convolution gives: `x [n, h, w, c]`, `filter [kh, kw, c / groups, cOut]` -> `[n, h', w', cOut]`. */
export const outputShape = (
  x: ReadonlyArray<number>,
  filter: ReadonlyArray<number>,
  { dilation, padding, stride }: Dilated
): ReadonlyArray<number> => {
  const [n = 0, height = 0, width = 0] = x
  const [windowHeight = 0, windowWidth = 0, , outputs = 0] = filter
  const places = (length: number, window: number) =>
    Math.floor((length + 2 * padding - dilation * (window - 1) - 1) / stride) + 1
  return [n, places(height, windowHeight), places(width, windowWidth), outputs]
}

/** A convolution and, for the gradient `dy` of its output, both gradients, in float64: one pass over every product. */
export const convolution = (x: Values, filter: Values, dy: Values, { dilation, padding, stride }: Dilated) => {
  const [n = 0, height = 0, width = 0, channels = 0] = x.shape
  const [windowHeight = 0, windowWidth = 0, inputs = 0, outputs = 0] = filter.shape
  const [, outHeight = 0, outWidth = 0] = dy.shape
  const outputsOfGroup = outputs / (channels / inputs)
  const y = new Float64Array(dy.data.length)
  const dx = new Float64Array(x.data.length)
  const dFilter = new Float64Array(filter.data.length)
  for (let image = 0; image < n; image++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        const to = ((image * outHeight + row) * outWidth + column) * outputs
        for (let i = 0; i < windowHeight; i++) {
          const fromRow = row * stride - padding + i * dilation
          if (fromRow < 0 || fromRow >= height) continue
          for (let j = 0; j < windowWidth; j++) {
            const fromColumn = column * stride - padding + j * dilation
            if (fromColumn < 0 || fromColumn >= width) continue
            const from = ((image * height + fromRow) * width + fromColumn) * channels
            for (let input = 0; input < inputs; input++) {
              const tap = ((i * windowWidth + j) * inputs + input) * outputs
              for (let output = 0; output < outputs; output++) {
                const at = from + Math.floor(output / outputsOfGroup) * inputs + input
                y[to + output]! += x.data[at]! * filter.data[tap + output]!
                dx[at]! += dy.data[to + output]! * filter.data[tap + output]!
                dFilter[tap + output]! += dy.data[to + output]! * x.data[at]!
              }
            }
          }
        }
      }
    }
  }
  return { y, dx, dFilter }
}
