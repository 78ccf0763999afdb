import type { ImageShape } from "../../ImageSet.js"

/**
 * Moves each pixel away from a mean of its 3x3 neighbours, or to it: `factor` 0 smooths, 1 changes nothing; the edge stays as it is.
 *
 * **Source** torchvision's `adjust_sharpness` on uint8.
 */
export const sharpness = (
  from: Uint8Array,
  to: Uint8Array,
  { channels, height, width }: ImageShape,
  factor: number
): void => {
  to.set(from)
  const stride = width * channels
  const rest = Math.fround(1 - factor)
  for (let y = 1; y < height - 1; y++) {
    const end = (y + 1) * stride - channels
    for (let i = y * stride + channels; i < end; i++) {
      const above = i - stride
      const below = i + stride
      const pixel = from[i]!
      const sum =
        from[above - channels]! +
        from[above]! +
        from[above + channels]! +
        from[i - channels]! +
        5 * pixel +
        from[i + channels]! +
        from[below - channels]! +
        from[below]! +
        from[below + channels]!
      // (sum + 6) / 13 rounded down: a product and a shift are exact up to 13 * 255.
      const smooth = ((sum + 6) * 20165) >> 18
      const value = Math.fround(pixel + (smooth - pixel) * rest)
      to[i] = value < 0 ? 0 : value > 255 ? 255 : value
    }
  }
}
