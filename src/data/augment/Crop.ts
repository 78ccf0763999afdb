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
  const copy = (from: Uint8Array, source: number, column: number, to: Uint8Array, target: number, x: number): void => {
    for (let channel = 0; channel < channels; channel++) {
      to[target + x * channels + channel] = column < 0 ? 0 : from[source + column * channels + channel]!
    }
  }
  return Result.succeed((from, to, generator) => {
    const top = generator.below(shifts)
    const left = generator.below(shifts)
    // Columns from `start` to `end` show the picture as it is; those beside them are black or mirrored.
    const start = Math.max(0, crop.padding - left)
    const end = Math.min(width, width + crop.padding - left)
    for (let y = 0; y < height; y++) {
      const row = rows[top + y]!
      const target = y * rowLength
      if (row < 0) {
        to.fill(0, target, target + rowLength)
        continue
      }
      const source = row * rowLength
      const shift = source - target + (left - crop.padding) * channels
      for (let i = target + start * channels; i < target + end * channels; i++) to[i] = from[i + shift]!
      for (let x = 0; x < start; x++) copy(from, source, columns[left + x]!, to, target, x)
      for (let x = end; x < width; x++) copy(from, source, columns[left + x]!, to, target, x)
    }
  })
}

export const kind = Kind.make("crop", Crop, crop(4), compile)
