import type { ImageShape } from "../../ImageSet.js"
import * as Words from "./Words.js"

/** Replaces each value by the table's: `table` has 256 entries for all channels. */
const lookup = (from: Uint8Array, to: Uint8Array, table: Uint8Array): void => {
  const words = Words.pair(from, to)
  if (words === undefined) {
    for (let i = 0; i < from.length; i++) to[i] = table[from[i]!]!
    return
  }
  const [source, target] = words
  for (let i = 0; i < source.length; i++) {
    const four = source[i]!
    target[i] =
      table[four & 255]! |
      (table[(four >>> 8) & 255]! << 8) |
      (table[(four >>> 16) & 255]! << 16) |
      (table[four >>> 24]! << 24)
  }
}

/** A table of 256 values from a function, cut to 0 .. 255 and then to whole numbers. */
const tabulate = (value: (pixel: number) => number): Uint8Array => {
  const table = new Uint8Array(256)
  for (let pixel = 0; pixel < 256; pixel++) table[pixel] = Math.max(0, Math.min(255, value(pixel)))
  return table
}

/** Multiplies by `factor`. **Source** torchvision's `adjust_brightness` on uint8. */
export const brightness = (from: Uint8Array, to: Uint8Array, factor: number): void => {
  const scale = Math.fround(factor)
  lookup(
    from,
    to,
    tabulate((pixel) => Math.fround(pixel * scale))
  )
}

/** Moves each value away from `mean`, or to it: `factor` 1 changes nothing, 0 gives the mean. */
export const awayFrom = (from: Uint8Array, to: Uint8Array, mean: number, factor: number): void => {
  const scale = Math.fround(factor)
  const offset = Math.fround(mean) * Math.fround(1 - factor)
  lookup(
    from,
    to,
    tabulate((pixel) => Math.fround(Math.fround(pixel * scale) + offset))
  )
}

/** Keeps the highest `bits` of 8. **Source** torchvision's `posterize`. */
export const posterize = (from: Uint8Array, to: Uint8Array, bits: number): void => {
  const mask = (0xff00 >> bits) & 0xff
  const words = Words.pair(from, to)
  if (words === undefined) {
    for (let i = 0; i < from.length; i++) to[i] = from[i]! & mask
    return
  }
  const [source, target] = words
  const four = mask | (mask << 8) | (mask << 16) | (mask << 24)
  for (let i = 0; i < source.length; i++) target[i] = source[i]! & four
}

/** Inverts values of at least `threshold`, 0 to 256. **Source** torchvision's `solarize`. */
export const solarize = (from: Uint8Array, to: Uint8Array, threshold: number): void =>
  lookup(
    from,
    to,
    tabulate((pixel) => (pixel >= threshold ? 255 - pixel : pixel))
  )

/** Replaces the values of each channel by its own table: `tables` has 256 entries for each. */
const lookupChannels = (from: Uint8Array, to: Uint8Array, channels: number, tables: Uint8Array): void => {
  if (channels === 3) {
    for (let i = 0; i < from.length; i += 3) {
      to[i] = tables[from[i]!]!
      to[i + 1] = tables[256 + from[i + 1]!]!
      to[i + 2] = tables[512 + from[i + 2]!]!
    }
    return
  }
  for (let i = 0; i < from.length; i++) to[i] = tables[(i % channels) * 256 + from[i]!]!
}

/** How often each value is in each channel: 256 counts for each. */
const histograms = (from: Uint8Array, channels: number): Int32Array => {
  const counts = new Int32Array(channels * 256)
  if (channels === 3) {
    for (let i = 0; i < from.length; i += 3) {
      counts[from[i]!]!++
      counts[256 + from[i + 1]!]!++
      counts[512 + from[i + 2]!]!++
    }
  } else {
    for (let i = 0; i < from.length; i++) counts[(i % channels) * 256 + from[i]!]!++
  }
  return counts
}

/** Replaces the values of each channel by a table that `fill` makes of how often each is there. */
const byHistogram = (
  from: Uint8Array,
  to: Uint8Array,
  { channels }: ImageShape,
  fill: (counts: Int32Array, table: Uint8Array) => void
): void => {
  const counts = histograms(from, channels)
  const tables = new Uint8Array(counts.length)
  for (let start = 0; start < counts.length; start += 256) {
    fill(counts.subarray(start, start + 256), tables.subarray(start, start + 256))
  }
  lookupChannels(from, to, channels, tables)
}

/** Stretches each channel to 0 .. 255. **Source** torchvision's `autocontrast` on uint8. */
export const autoContrast = (from: Uint8Array, to: Uint8Array, shape: ImageShape): void =>
  byHistogram(from, to, shape, (counts, table) => {
    let low = 0
    let high = 255
    while (counts[low] === 0) low++
    while (counts[high] === 0) high--
    const scale = Math.fround((high - low) * Math.fround(1 / 255))
    for (let pixel = low; pixel <= high; pixel++) {
      table[pixel] = high === low ? pixel : Math.min(255, Math.fround((pixel - low) / scale))
    }
  })

/** Spreads the values of each channel evenly over 0 .. 255. **Source** torchvision's `equalize`, as Pillow's. */
export const equalize = (from: Uint8Array, to: Uint8Array, shape: ImageShape): void =>
  byHistogram(from, to, shape, (counts, table) => {
    let last = 255
    while (counts[last] === 0) last--
    const step = Math.floor((from.length / shape.channels - counts[last]!) / 255)
    let below = step >> 1
    for (let pixel = 0; pixel < 256; pixel++) {
      table[pixel] = step === 0 ? pixel : Math.min(255, Math.floor(below / step))
      below += counts[pixel]!
    }
  })
