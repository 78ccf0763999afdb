import { Result, Schema } from "effect"
import { DatasetError } from "../DatasetError.js"
import type { Compile } from "./Change.js"

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
export const compile: Compile<Crop> = ({ crop }, { channels, height, width }) => {
  const size = Math.min(height, width)
  if (!(Number.isInteger(crop.padding) && crop.padding >= 0 && crop.padding < size)) {
    return Result.fail(
      new DatasetError({
        op: "option",
        reason: `the crop's padding is ${crop.padding}; for images of ${height}x${width} it is an integer of 0 to ${size - 1}`,
        fix: "give a padding such as 4"
      })
    )
  }
  const rows = places(height, crop)
  const columns = places(width, crop)
  const shifts = 2 * crop.padding + 1
  return Result.succeed((from, to, generator) => {
    const top = generator.below(shifts)
    const left = generator.below(shifts)
    let target = 0
    for (let y = 0; y < height; y++) {
      const row = rows[top + y]!
      for (let x = 0; x < width; x++) {
        const column = columns[left + x]!
        const source = (row * width + column) * channels
        for (let channel = 0; channel < channels; channel++) {
          to[target++] = row < 0 || column < 0 ? 0 : from[source + channel]!
        }
      }
    }
  })
}
