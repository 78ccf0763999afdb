import { Result, Schema } from "effect"
import type { Generator } from "../../internal/Random.js"
import { withDefault } from "../../internal/SchemaFields.js"
import type { ImageShape } from "../ImageSet.js"
import type { Compile } from "./Change.js"
import * as Draws from "./Draws.js"
import * as Kind from "./Kind.js"
import * as Resize from "./kernels/Resize.js"
import * as Options from "./Options.js"

const defaults: Draws.Boxes = { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] }

/**
 * Cuts out a random part and enlarges it bilinearly to the size of the image.
 *
 * `scale` is the range of the part's area as a fraction of the image's, `ratio` that of its width / height, of which the logarithm is drawn evenly.
 *
 * @category schemas
 */
export const ResizedCrop = Schema.Struct({
  resizedCrop: Schema.Struct({
    scale: Options.rangeOf(Options.PositiveFraction).pipe(withDefault(defaults.scale)),
    ratio: Options.rangeOf(Options.Positive).pipe(withDefault(defaults.ratio))
  })
})
/** @category models */
export type ResizedCrop = typeof ResizedCrop.Type

/**
 * Cuts out a random part of 0.08 to 1 of the image's area, 3/4 to 4/3 as wide as high, and enlarges it.
 *
 * **Source** torchvision's `RandomResizedCrop`; for images of 32x32, `scale` often begins higher, such as at 0.25.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Augment } from "effect-tensorflow/data"
 *
 * Augment.resizedCrop({ scale: [0.25, 1] }) // => { resizedCrop: { scale: [0.25, 1], ratio: [0.75, 1.3333333333333333] } }
 * ```
 */
export const resizedCrop = (options: Partial<Draws.Boxes> = {}): ResizedCrop => ({
  resizedCrop: { ...defaults, ...options }
})

/** The part to cut out; where ten did not fit, the largest one in the middle with an allowed ratio. */
export const draw = (boxes: Draws.Boxes, shape: ImageShape, generator: Generator): Resize.Window => {
  const drawn = Draws.box(generator, shape, boxes)
  if (drawn !== undefined) return drawn
  const [low, high] = boxes.ratio
  const ratio = shape.width / shape.height
  const width = ratio > high ? Math.max(1, Math.round(shape.height * high)) : shape.width
  const height = ratio < low ? Math.max(1, Math.round(shape.width / low)) : shape.height
  return { top: (shape.height - height) >> 1, left: (shape.width - width) >> 1, height, width }
}

/** Draws area and ratio until they fit, then the place: down, then to the right. */
const compile: Compile<ResizedCrop> = ({ resizedCrop }, shape) => {
  const enlarge = Resize.make(shape)
  return Result.succeed((from, to, generator) => enlarge(from, to, draw(resizedCrop, shape, generator)))
}

export const kind = Kind.make("resizedCrop", ResizedCrop, resizedCrop(), compile)
