import type { ImageShape } from "../../ImageSet.js"

/** Replaces each value by the table's: `table` has 256 entries for all channels. */
export const lookup = (from: Uint8Array, to: Uint8Array, table: Uint8Array): void => {
  for (let i = 0; i < from.length; i++) to[i] = table[from[i]!]!
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
  for (let i = 0; i < from.length; i++) to[i] = from[i]! & mask
}

/** Inverts values of at least `threshold`, 0 to 256. **Source** torchvision's `solarize`. */
export const solarize = (from: Uint8Array, to: Uint8Array, threshold: number): void => {
  for (let i = 0; i < from.length; i++) {
    const pixel = from[i]!
    to[i] = pixel >= threshold ? 255 - pixel : pixel
  }
}

/** Fills the histogram of one channel: `counts` `[256]`. */
const count = (from: Uint8Array, channel: number, channels: number, counts: Int32Array): void => {
  counts.fill(0)
  for (let i = channel; i < from.length; i += channels) counts[from[i]!]!++
}

const lookupChannel = (
  from: Uint8Array,
  to: Uint8Array,
  channel: number,
  channels: number,
  table: Uint8Array
): void => {
  for (let i = channel; i < from.length; i += channels) to[i] = table[from[i]!]!
}

/** Stretches each channel to 0 .. 255. **Source** torchvision's `autocontrast` on uint8. */
export const autoContrast = (from: Uint8Array, to: Uint8Array, { channels }: ImageShape): void => {
  for (let channel = 0; channel < channels; channel++) {
    let low = 255
    let high = 0
    for (let i = channel; i < from.length; i += channels) {
      const pixel = from[i]!
      if (pixel < low) low = pixel
      if (pixel > high) high = pixel
    }
    const scale = Math.fround((high - low) * Math.fround(1 / 255))
    const table = tabulate(high === low ? (pixel) => pixel : (pixel) => Math.fround((pixel - low) / scale))
    lookupChannel(from, to, channel, channels, table)
  }
}

/** Spreads the values of each channel evenly over 0 .. 255. **Source** torchvision's `equalize`, as Pillow's. */
export const equalize = (from: Uint8Array, to: Uint8Array, { channels }: ImageShape): void => {
  const counts = new Int32Array(256)
  const table = new Uint8Array(256)
  for (let channel = 0; channel < channels; channel++) {
    count(from, channel, channels, counts)
    const pixels = from.length / channels
    let last = 255
    while (counts[last] === 0) last--
    const step = Math.floor((pixels - counts[last]!) / 255)
    let below = step >> 1
    for (let pixel = 0; pixel < 256; pixel++) {
      table[pixel] = step === 0 ? pixel : Math.min(255, Math.floor(below / step))
      below += counts[pixel]!
    }
    lookupChannel(from, to, channel, channels, table)
  }
}
