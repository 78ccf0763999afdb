import { Result, Schema } from "effect"
import type { Compile } from "./Change.js"
import * as Kind from "./Kind.js"
import * as Warp from "./kernels/Warp.js"
import * as Options from "./Options.js"

/**
 * Turns about the centre by an angle drawn evenly from `-degrees` to `degrees`.
 *
 * Sampled bilinearly, rounded to whole pixel values; what comes from outside the picture is black.
 *
 * @category schemas
 */
export const Rotate = Schema.Struct({ rotate: Schema.Struct({ degrees: Options.Degrees }) })
/** @category models */
export type Rotate = typeof Rotate.Type

/**
 * Turns by at most `degrees` to either side.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Augment } from "effect-tensorflow/data"
 *
 * Augment.rotate(10) // => { rotate: { degrees: 10 } }
 * ```
 */
export const rotate = (degrees: number): Rotate => ({ rotate: { degrees } })

/** Draws the angle. */
const compile: Compile<Rotate> = ({ rotate: { degrees } }, shape) => {
  const warp = Warp.make(shape, "bilinear")
  return Result.succeed((from, to, generator) => {
    const angle = ((2 * generator.uniform() - 1) * degrees * Math.PI) / 180
    const cos = Math.cos(angle)
    const sin = Math.sin(angle)
    warp.affine(from, to, [cos, sin, 0, -sin, cos, 0])
  })
}

export const kind = Kind.make("rotate", Rotate, rotate(10), compile)
