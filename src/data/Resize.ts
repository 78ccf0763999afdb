import type { ImageShape } from "./ImageSet.js"

/** Bits after the point of a weight. */
const precision = 22

/** The source pixels that make each pixel of a row: the first one, and the weights of it and the next ones. */
const taps = (from: number, to: number): ReadonlyArray<{ readonly first: number; readonly weights: Int32Array }> => {
  const scale = from / to
  // Beyond its size, a picture is interpolated; below, all source pixels count.
  const reach = Math.max(1, scale)
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale
    const first = Math.max(0, Math.trunc(centre - reach + 0.5))
    const end = Math.min(from, Math.trunc(centre + reach + 0.5))
    const triangle = Array.from({ length: end - first }, (_, j) =>
      Math.max(0, 1 - Math.abs((first + j - centre + 0.5) / reach))
    )
    const sum = triangle.reduce((a, b) => a + b, 0)
    return { first, weights: Int32Array.from(triangle, (weight) => Math.trunc(0.5 + (weight / sum) * 2 ** precision)) }
  })
}

/** Resizes the middle one of three axes. */
const along = (pixels: Uint8Array, outer: number, from: number, to: number, inner: number): Uint8Array => {
  if (from === to) return pixels
  const result = new Uint8Array(outer * to * inner)
  for (const [i, { first, weights }] of taps(from, to).entries()) {
    for (let o = 0; o < outer; o++) {
      const source = (o * from + first) * inner
      const target = (o * to + i) * inner
      for (let k = 0; k < inner; k++) {
        let sum = 2 ** (precision - 1)
        for (let j = 0; j < weights.length; j++) sum += weights[j]! * pixels[source + j * inner + k]!
        result[target + k] = Math.min(255, sum >> precision)
      }
    }
  }
  return result
}

/**
 * A picture resized with a triangle filter, which covers all source pixels where it shrinks: Pillow's `BILINEAR`, bit for bit.
 *
 * **Shapes** `[height, width, channels]` uint8 -> `[to.height, to.width, channels]` uint8. **Source** Pillow, `Resample.c`.
 *
 * @category conversions
 * @example
 * ```ts
 * import { Resize } from "effect-tensorflow/data"
 *
 * Resize.bilinear(new Uint8Array([0, 100, 200, 40]), { height: 1, width: 4, channels: 1 }, { height: 1, width: 2 }) // => new Uint8Array([71, 117])
 * ```
 */
export const bilinear = (
  pixels: Uint8Array,
  { channels, height, width }: ImageShape,
  to: { readonly height: number; readonly width: number }
): Uint8Array => {
  const rows = along(pixels, height, width, to.width, channels)
  return along(rows, 1, height, to.height, to.width * channels)
}
