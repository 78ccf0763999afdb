import { Result, Schema } from "effect"
import type { Generator } from "../../internal/Random.js"
import { withDefault } from "../../internal/SchemaFields.js"
import type { ImageShape } from "../ImageSet.js"
import type { Compile } from "./Change.js"
import * as Kind from "./Kind.js"
import * as Matrices from "./kernels/Matrices.js"
import * as Warp from "./kernels/Warp.js"
import * as Options from "./Options.js"

const defaults = { distortionScale: 0.5, interpolation: "bilinear" } as const

/**
 * Shows the picture from the side: each corner moves inwards by a random part of `distortionScale` times half of the width, and of the height.
 *
 * @category schemas
 */
export const Perspective = Schema.Struct({
  perspective: Schema.Struct({
    distortionScale: Options.Fraction.pipe(withDefault(defaults.distortionScale)),
    interpolation: Options.Interpolation.pipe(withDefault(defaults.interpolation))
  })
})
/** @category models */
export type Perspective = typeof Perspective.Type

/**
 * Shows the picture from the side, by default distorted by up to 0.5 and sampled bilinearly; what comes from outside the picture is black.
 *
 * **Source** torchvision's `RandomPerspective` with `p=1`: `Augment.sometimes(0.5, [Augment.perspective()])` is its default.
 *
 * @category constructors
 */
export const perspective = (options: Partial<Perspective["perspective"]> = {}): Perspective => ({
  perspective: { ...defaults, ...options }
})

/** The corners of an image, in pixels. */
export const corners = ({ height, width }: ImageShape): Matrices.Corners => [
  [0, 0],
  [width - 1, 0],
  [width - 1, height - 1],
  [0, height - 1]
]

/** Where the corners go. */
export const draw = (distortionScale: number, shape: ImageShape, generator: Generator): Matrices.Corners => {
  const mostX = Math.floor(distortionScale * (shape.width >> 1)) + 1
  const mostY = Math.floor(distortionScale * (shape.height >> 1)) + 1
  const inwards = (right: boolean, bottom: boolean): readonly [number, number] => {
    const x = generator.below(mostX)
    const y = generator.below(mostY)
    return [right ? shape.width - 1 - x : x, bottom ? shape.height - 1 - y : y]
  }
  return [inwards(false, false), inwards(true, false), inwards(true, true), inwards(false, true)]
}

/** Draws x and y of each corner: top left, top right, bottom right, bottom left. */
const compile: Compile<Perspective> = ({ perspective: { distortionScale, interpolation } }, shape) => {
  if (shape.width < 2 || shape.height < 2) {
    return Result.fail(
      Kind.refused(
        `perspective needs images of at least 2x2 pixels; these are ${shape.height}x${shape.width}`,
        "leave perspective out of the augmentation"
      )
    )
  }
  const warp = Warp.make(shape, interpolation)
  const shown = corners(shape)
  return Result.succeed((from, to, generator) =>
    warp.perspective(from, to, Matrices.projection(shown, draw(distortionScale, shape, generator)))
  )
}

export const kind = Kind.make("perspective", Perspective, perspective(), compile)
