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

/** Adds pairs of rows, each times its weight, and the row between them; `ones` and `others` say where a pair begins, from 1 on. */
const weigh = (
  from: Int32Array,
  shift: number,
  middle: number,
  ones: Int32Array,
  others: Int32Array,
  weights: Int32Array,
  to: Int32Array,
  start: number,
  length: number
): void => {
  const own = weights[0]!
  // The sums of bytes and weights are whole numbers below 2^31: `| 0` tells the compiler so. The first pair is added with the middle, which saves a third of the time.
  const [first, second, weight] = [ones[1] ?? middle, others[1] ?? middle, weights[1] ?? 0]
  for (let i = 0; i < length; i++) {
    const pair = ((from[first + i]! + from[second + i]!) | 0) >> shift
    to[start + i] = (Math.imul(from[middle + i]! >> shift, own) + Math.imul(pair, weight)) | 0
  }
  for (let j = 2; j < weights.length; j++) {
    const [one, other, weight] = [ones[j]!, others[j]!, weights[j]!]
    for (let i = 0; i < length; i++) {
      const pair = ((from[one + i]! + from[other + i]!) | 0) >> shift
      to[start + i] = (to[start + i]! + Math.imul(pair, weight)) | 0
    }
  }
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
  const edge = radius * channels
  const padded = new Int32Array(rowLength + 2 * edge)
  // Rows blurred along x, in units of 2^-14, and one row blurred along y too, in units of 2^-22.
  const rows = new Int32Array(imageBytes(shape))
  const sums = new Int32Array(rowLength)
  const lefts = Int32Array.from({ length: radius + 1 }, (_, j) => edge - j * channels)
  const rights = Int32Array.from({ length: radius + 1 }, (_, j) => edge + j * channels)
  const ups = new Int32Array(radius + 1)
  const downs = new Int32Array(radius + 1)

  return (from: Uint8Array, to: Uint8Array, sigma: number): void => {
    const weights = gaussian(radius, sigma)
    for (let start = 0; start < from.length; start += rowLength) {
      for (let i = 0; i < rowLength; i++) padded[edge + i] = from[start + i]!
      for (let i = 1; i <= radius; i++) {
        for (let channel = 0; channel < channels; channel++) {
          padded[edge - i * channels + channel] = from[start + i * channels + channel]!
          padded[edge + rowLength + (i - 1) * channels + channel] = from[start + (width - 1 - i) * channels + channel]!
        }
      }
      weigh(padded, 0, edge, lefts, rights, weights, rows, start, rowLength)
    }
    for (let y = 0; y < height; y++) {
      const start = y * rowLength
      for (let j = 1; j <= radius; j++) {
        ups[j] = Math.abs(y - j) * rowLength
        downs[j] = (y + j < height ? y + j : 2 * (height - 1) - y - j) * rowLength
      }
      weigh(rows, 6, start, ups, downs, weights, sums, 0, rowLength)
      for (let i = 0; i < rowLength; i++) to[start + i] = (sums[i]! + (1 << 21)) >> 22
    }
  }
}
