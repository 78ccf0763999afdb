import { Result, Schema } from "effect"
import type { Generator } from "../../internal/Random.js"
import { withDefault } from "../../internal/SchemaFields.js"
import type { ImageShape } from "../ImageSet.js"
import type { Compile } from "./Change.js"
import * as Draws from "./Draws.js"
import * as Kind from "./Kind.js"
import * as Matrices from "./kernels/Matrices.js"
import * as Warp from "./kernels/Warp.js"
import * as Options from "./Options.js"

const Angle = Schema.Finite.check(
  Schema.isBetween({ minimum: -90, maximum: 90, exclusiveMinimum: true, exclusiveMaximum: true })
)

const defaults = {
  degrees: 0,
  translate: [0, 0],
  scale: [1, 1],
  shear: [0, 0, 0, 0],
  interpolation: "nearest"
} as const

/**
 * Turns, shifts, scales and shears at once, about the centre; what comes from outside the picture is black.
 *
 * `degrees` is the greatest angle to either side, `translate` the greatest shift along x and y as fractions of width and height, `scale` the range of the
 * factor, `shear` the range of the angle along x and then that along y, in degrees.
 *
 * @category schemas
 */
export const Affine = Schema.Struct({
  affine: Schema.Struct({
    degrees: Options.Degrees.pipe(withDefault(defaults.degrees)),
    translate: Schema.Tuple([Options.Fraction, Options.Fraction]).pipe(withDefault(defaults.translate)),
    scale: Options.rangeOf(Options.Positive).pipe(withDefault(defaults.scale)),
    shear: Schema.Tuple([Angle, Angle, Angle, Angle])
      .check(
        Schema.makeFilter(([a, b, c, d]) => (a <= b && c <= d) || "Expected the smaller angle of each range first")
      )
      .pipe(withDefault(defaults.shear)),
    interpolation: Options.Interpolation.pipe(withDefault(defaults.interpolation))
  })
})
/** @category models */
export type Affine = typeof Affine.Type

/**
 * Turns, shifts, scales and shears; by default it does none of these, and samples the nearest pixel.
 *
 * **Source** torchvision's `RandomAffine`.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Augment } from "effect-tensorflow/data"
 *
 * Augment.affine({ degrees: 10, translate: [0.1, 0.1], scale: [0.9, 1.1] }).affine.shear // => [0, 0, 0, 0]
 * ```
 */
export const affine = (options: Partial<Affine["affine"]>): Affine => ({ affine: { ...defaults, ...options } })

/** The change to make: the shift in whole pixels, as torchvision's. */
export const draw = (
  { degrees, scale, shear, translate }: Affine["affine"],
  { height, width }: ImageShape,
  generator: Generator
): Matrices.Affine => {
  const angle = Draws.between(generator, [-degrees, degrees])
  const shift = (most: number) => Math.round(Draws.between(generator, [-most, most]))
  const shifts = [shift(translate[0] * width), shift(translate[1] * height)] as const
  const factor = Draws.between(generator, scale)
  const shearX = Draws.between(generator, [shear[0], shear[1]])
  const shearY = Draws.between(generator, [shear[2], shear[3]])
  return { angle, translate: shifts, scale: factor, shear: [shearX, shearY] }
}

/** Draws the angle, the shifts along x and y, the factor, and the shears along x and y. */
const compile: Compile<Affine> = ({ affine }, shape) => {
  const warp = Warp.make(shape, affine.interpolation)
  return Result.succeed((from, to, generator) =>
    warp.affine(from, to, Matrices.inverseAffine(draw(affine, shape, generator)))
  )
}

export const kind = Kind.make("affine", Affine, affine({ degrees: 10 }), compile)
