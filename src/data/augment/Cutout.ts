import { Result, Schema } from "effect"
import { withDefault } from "../../internal/SchemaFields.js"
import type { ImageShape } from "../ImageSet.js"
import type { Compile } from "./Change.js"
import * as Kind from "./Kind.js"
import { fill } from "./kernels/Fill.js"
import type { Window } from "./kernels/Resize.js"
import * as Options from "./Options.js"

const defaults = { value: 0 } as const

/**
 * Paints over a square of `size` pixels around a random pixel; the part of it that lies outside the image is cut off.
 *
 * `value` is 0 to 255, a list with one for each channel, or "random": drawn for each pixel and channel.
 *
 * @category schemas
 */
export const Cutout = Schema.Struct({
  cutout: Schema.Struct({ size: Options.Count, value: Options.Fill.pipe(withDefault(defaults.value)) })
})
/** @category models */
export type Cutout = typeof Cutout.Type

/**
 * Paints over a square of `size` pixels, by default black.
 *
 * **Source** DeVries and Taylor 2017, arXiv:1708.04552. A square that is always inside the image is
 * `Augment.erase({ scale: [area, area], ratio: [1, 1] })`.
 *
 * @category constructors
 */
export const cutout = (size: number, options: Partial<Omit<Cutout["cutout"], "size">> = {}): Cutout => ({
  cutout: { size, ...defaults, ...options }
})

/** The part of a square around the pixel (`y`, `x`) that lies inside the image. */
export const square = (size: number, { height, width }: ImageShape, y: number, x: number): Window => {
  const before = size >> 1
  const top = Math.max(0, y - before)
  const left = Math.max(0, x - before)
  return {
    top,
    left,
    height: Math.min(height, y - before + size) - top,
    width: Math.min(width, x - before + size) - left
  }
}

/** Draws the pixel's row, then its column, then random values. */
const compile: Compile<Cutout> = ({ cutout: { size, value } }, shape) =>
  Result.map(Kind.checkFill("cutout", value, shape), () => (from, to, generator) => {
    to.set(from)
    const y = generator.below(shape.height)
    const x = generator.below(shape.width)
    fill(to, shape, square(size, shape, y, x), value, generator)
  })

export const kind = Kind.make("cutout", Cutout, cutout(8), compile)
