import { type ImageShape, imageBytes } from "../../ImageSet.js"

// Weights are multiples of 1/2^14, so that sums of 16-bit values stay below 2^31.
const one = 1 << 14

/** The weights of a Gaussian at 0, 1, ... `radius` pixels from its middle, which add up to `one` over both sides. */
const gaussian = (radius: number, sigma: number): Int32Array => {
  const exact = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp(-(i * i) / (2 * sigma * sigma)))
  const sum = exact.reduce((total, weight, i) => total + (i === 0 ? weight : 2 * weight), 0)
  const weights = Int32Array.from(exact, (weight) => Math.round((weight / sum) * one))
  weights[0] = one - 2 * weights.subarray(1).reduce((total, weight) => total + weight, 0)
  return weights
}

/**
 * Blurs images of one shape by a Gaussian over `kernelSize` pixels; beyond its edges the picture is mirrored.
 *
 * **Source** torchvision's `gaussian_blur` on uint8.
 */
export const make = (shape: ImageShape, kernelSize: number) => {
  const { channels, height, width } = shape
  const radius = (kernelSize - 1) / 2
  const rowLength = width * channels
  const padded = new Uint8Array((width + 2 * radius) * channels)
  // Rows blurred along x, with 8 bits after the point.
  const rows = new Int32Array(imageBytes(shape))

  return (from: Uint8Array, to: Uint8Array, sigma: number): void => {
    const weights = gaussian(radius, sigma)
    const middle = weights[0]!
    for (let y = 0; y < height; y++) {
      const start = y * rowLength
      for (let i = 0; i < rowLength; i++) padded[radius * channels + i] = from[start + i]!
      for (let i = 1; i <= radius; i++) {
        for (let channel = 0; channel < channels; channel++) {
          padded[(radius - i) * channels + channel] = from[start + i * channels + channel]!
          padded[(radius + width - 1 + i) * channels + channel] = from[start + (width - 1 - i) * channels + channel]!
        }
      }
      for (let i = 0; i < rowLength; i++) {
        const center = i + radius * channels
        let sum = Math.imul(padded[center]!, middle)
        for (let j = 1, offset = channels; j <= radius; j++, offset += channels) {
          sum += Math.imul(padded[center - offset]! + padded[center + offset]!, weights[j]!)
        }
        rows[start + i] = (sum + 32) >> 6
      }
    }
    for (let y = 0; y < height; y++) {
      const start = y * rowLength
      for (let i = 0; i < rowLength; i++) {
        let sum = Math.imul(rows[start + i]!, middle)
        for (let j = 1; j <= radius; j++) {
          const up = y - j < 0 ? j - y : y - j
          const down = y + j >= height ? 2 * (height - 1) - y - j : y + j
          sum += Math.imul(rows[up * rowLength + i]! + rows[down * rowLength + i]!, weights[j]!)
        }
        to[start + i] = (sum + (1 << 21)) >> 22
      }
    }
  }
}
