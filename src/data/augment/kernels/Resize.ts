import type { ImageShape } from "../../ImageSet.js"

/** A part of an image, in pixels. */
export interface Window {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

// Weights are multiples of 1/2048: with 8 bits of a pixel and two weights of 11 bits, sums stay below 2^31.
const one = 2048

/** Enlarges a window of images of one shape to the whole, bilinearly. **Source** torchvision's `resized_crop` on uint8. */
export const make = ({ channels, height, width }: ImageShape) => {
  const rowLength = width * channels
  const columns = new Int32Array(width)
  const nextColumns = new Int32Array(width)
  const weights = new Int32Array(width)
  let upper = new Int32Array(rowLength)
  let lower = new Int32Array(rowLength)

  const widen = (from: Uint8Array, row: number, to: Int32Array): void => {
    const start = row * rowLength
    let target = 0
    for (let x = 0; x < width; x++) {
      const here = start + columns[x]!
      const next = start + nextColumns[x]!
      const weight = weights[x]!
      const rest = one - weight
      if (channels === 3) {
        to[target] = Math.imul(from[here]!, rest) + Math.imul(from[next]!, weight)
        to[target + 1] = Math.imul(from[here + 1]!, rest) + Math.imul(from[next + 1]!, weight)
        to[target + 2] = Math.imul(from[here + 2]!, rest) + Math.imul(from[next + 2]!, weight)
      } else {
        for (let channel = 0; channel < channels; channel++) {
          to[target + channel] = Math.imul(from[here + channel]!, rest) + Math.imul(from[next + channel]!, weight)
        }
      }
      target += channels
    }
  }

  return (from: Uint8Array, to: Uint8Array, window: Window): void => {
    for (let x = 0; x < width; x++) {
      const place = Math.max(0, ((x + 0.5) * window.width) / width - 0.5)
      const column = Math.floor(place)
      columns[x] = (window.left + column) * channels
      nextColumns[x] = (window.left + Math.min(column + 1, window.width - 1)) * channels
      weights[x] = Math.round((place - column) * one)
    }
    // The rows of the window that `upper` and `lower` hold.
    let above = -1
    let beneath = -1
    for (let y = 0; y < height; y++) {
      const place = Math.max(0, ((y + 0.5) * window.height) / height - 0.5)
      const row = Math.floor(place)
      const next = Math.min(row + 1, window.height - 1)
      if (row !== above) {
        if (row === beneath) [upper, lower, beneath] = [lower, upper, -1]
        else widen(from, window.top + row, upper)
        above = row
      }
      if (next !== beneath) {
        widen(from, window.top + next, lower)
        beneath = next
      }
      blend(to, y * rowLength, upper, lower, Math.round((place - row) * one))
    }
  }
}

/** Writes a row between two: both are sums of weights `one`, and so is the result before it is divided. */
const blend = (to: Uint8Array, start: number, upper: Int32Array, lower: Int32Array, weight: number): void => {
  const rest = one - weight
  for (let i = 0; i < upper.length; i++) {
    to[start + i] = (Math.imul(upper[i]!, rest) + Math.imul(lower[i]!, weight) + (1 << 21)) >> 22
  }
}
