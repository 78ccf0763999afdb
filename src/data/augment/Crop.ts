import { Result, Schema } from "effect"
import type { Compile } from "./Change.js"
import * as Kind from "./Kind.js"

/**
 * Pads each side by `padding` pixels and cuts a random window of the old size.
 *
 * `mode` "zero" pads with black, "reflect" mirrors the picture about its edge pixels (which are not repeated).
 *
 * @category schemas
 */
export const Crop = Schema.Struct({
  crop: Schema.Struct({
    padding: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
    mode: Schema.Literals(["zero", "reflect"])
  })
})
/** @category models */
export type Crop = typeof Crop.Type

/**
 * Pads and crops, by default with black.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Augment } from "effect-tensorflow/data"
 *
 * Augment.crop(4) // => { crop: { padding: 4, mode: "zero" } }
 * ```
 */
export const crop = (padding: number, mode: Crop["crop"]["mode"] = "zero"): Crop => ({ crop: { padding, mode } })

/** For each place of a window shifted by -padding .. padding, the place it shows: -1 for black. */
const places = (size: number, { mode, padding }: Crop["crop"]): Int32Array =>
  Int32Array.from({ length: size + 2 * padding }, (_, i) => {
    const place = i - padding
    const mirrored = place < 0 ? -place : place >= size ? 2 * (size - 1) - place : place
    return mode === "reflect" || mirrored === place ? mirrored : -1
  })

/** Draws the shift down, then the shift to the right. */
const compile: Compile<Crop> = ({ crop }, { channels, height, width }) => {
  const size = Math.min(height, width)
  if (crop.padding >= size) {
    return Result.fail(
      Kind.refused(
        `the crop's padding is ${crop.padding}; for images of ${height}x${width} it is an integer of 0 to ${size - 1}`,
        "give a padding such as 4"
      )
    )
  }
  const rows = places(height, crop)
  const columns = places(width, crop)
  const shifts = 2 * crop.padding + 1
  const rowLength = width * channels
  return Result.succeed((from, to, generator) => {
    const top = generator.below(shifts)
    const left = generator.below(shifts)
    // The rows from `first` to `last`, in the columns from `start` to `end`, show the picture moved as a whole; the others are black or mirrored.
    const down = top - crop.padding
    const right = left - crop.padding
    const [first, last] = [Math.max(0, -down), Math.min(height, height - down)]
    const [start, end] = [Math.max(0, -right), Math.min(width, width - right)]
    const begin = first * rowLength + start * channels
    const shift = down * rowLength + right * channels
    to.set(from.subarray(begin + shift, (last - 1) * rowLength + end * channels + shift), begin)
    const paint = (y: number, start: number, end: number): void => {
      const row = rows[top + y]!
      for (let x = start; x < end; x++) {
        const column = columns[left + x]!
        const source = row * rowLength + column * channels
        const target = y * rowLength + x * channels
        for (let channel = 0; channel < channels; channel++) {
          to[target + channel] = row < 0 || column < 0 ? 0 : from[source + channel]!
        }
      }
    }
    for (let y = 0; y < height; y++) {
      const isMoved = y >= first && y < last
      paint(y, 0, isMoved ? start : width)
      if (isMoved) paint(y, end, width)
    }
  })
}

export const kind = Kind.make("crop", Crop, crop(4), compile)
