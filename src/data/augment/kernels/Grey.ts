import type { ImageShape } from "../../ImageSet.js"
import { awayFrom } from "./Lookup.js"

// Rec. 601 in ten-thousandths, as torchvision has them; they add up to 9999, so that a grey pixel of value v > 0 becomes v - 1.
const red = 2989
const green = 5870
const blue = 1140

/** The brightness of a colour, rounded down: 1e-4 is a little more than a ten-thousandth in floats, so that whole numbers stay whole. */
const brightnessOf = (r: number, g: number, b: number): number => ((r * red + g * green + b * blue) * 1e-4) | 0

/**
 * The brightness of each pixel in all three channels; images of one channel stay as they are.
 *
 * **Source** torchvision's `rgb_to_grayscale` on uint8.
 */
export const grayscale = (from: Uint8Array, to: Uint8Array, { channels }: ImageShape): void => {
  if (channels === 1) {
    to.set(from)
    return
  }
  for (let i = 0; i < from.length; i += 3) {
    const value = brightnessOf(from[i]!, from[i + 1]!, from[i + 2]!)
    to[i] = value
    to[i + 1] = value
    to[i + 2] = value
  }
}

/** Mixes each pixel with its brightness: `factor` 0 gives grey, 1 changes nothing. **Source** torchvision's `adjust_saturation` on uint8. */
export const saturation = (from: Uint8Array, to: Uint8Array, { channels }: ImageShape, factor: number): void => {
  if (channels === 1) {
    to.set(from)
    return
  }
  const scale = Math.fround(factor)
  const rest = Math.fround(1 - factor)
  for (let i = 0; i < from.length; i += 3) {
    const r = from[i]!
    const g = from[i + 1]!
    const b = from[i + 2]!
    const grey = brightnessOf(r, g, b) * rest
    to[i] = cut(Math.fround(Math.fround(r * scale) + grey))
    to[i + 1] = cut(Math.fround(Math.fround(g * scale) + grey))
    to[i + 2] = cut(Math.fround(Math.fround(b * scale) + grey))
  }
}

const cut = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value)

/** Moves each value away from the mean brightness: `factor` 0 gives the mean, 1 changes nothing. **Source** torchvision's `adjust_contrast` on uint8. */
export const contrast = (from: Uint8Array, to: Uint8Array, { channels }: ImageShape, factor: number): void => {
  let sum = 0
  if (channels === 1) {
    for (let i = 0; i < from.length; i++) sum += from[i]!
  } else {
    for (let i = 0; i < from.length; i += 3) {
      sum += brightnessOf(from[i]!, from[i + 1]!, from[i + 2]!)
    }
  }
  awayFrom(from, to, sum / (from.length / channels), factor)
}

/** Turns the hue of each pixel by `turns` of the colour circle, -0.5 to 0.5. **Source** torchvision's `adjust_hue` on uint8. */
export const hue = (from: Uint8Array, to: Uint8Array, { channels }: ImageShape, turns: number): void => {
  if (channels === 1) {
    to.set(from)
    return
  }
  // A value x of 0 .. 1 becomes the byte floor(255.999 x).
  const scale = 255.999 / 255
  for (let i = 0; i < from.length; i += 3) {
    const r = from[i]!
    const g = from[i + 1]!
    const b = from[i + 2]!
    const high = r > g ? (r > b ? r : b) : g > b ? g : b
    const low = r < g ? (r < b ? r : b) : g < b ? g : b
    const range = high - low
    let sixths = 0
    if (range > 0) {
      if (high === r) sixths = (g - b) / range
      else if (high === g) sixths = 2 + (b - r) / range
      else sixths = 4 + (r - g) / range
    }
    sixths += 6 * turns
    if (sixths < 0) sixths += 6
    else if (sixths >= 6) sixths -= 6
    const sector = sixths | 0
    const part = sixths - sector
    const middle = (high - range * (sector & 1 ? part : 1 - part)) * scale
    // Which channel is highest, which lowest, goes around the circle.
    to[i] = sector === 0 || sector === 5 ? high : sector === 2 || sector === 3 ? low : middle
    to[i + 1] = sector === 1 || sector === 2 ? high : sector === 4 || sector === 5 ? low : middle
    to[i + 2] = sector === 3 || sector === 4 ? high : sector === 0 || sector === 1 ? low : middle
  }
}
