import { Result, Schema } from "effect"
import { withDefault } from "../../internal/SchemaFields.js"
import type { Compile } from "./Change.js"
import * as Draws from "./Draws.js"
import * as Kind from "./Kind.js"
import { fill } from "./kernels/Fill.js"
import * as Options from "./Options.js"

const defaults = { scale: [0.02, 0.33], ratio: [0.3, 3.3], value: 0 } as const

/**
 * Paints over a random rectangle that lies inside the image.
 *
 * `scale` is the range of the rectangle's area as a fraction of the image's, `ratio` that of its height / width, of which the logarithm is drawn evenly.
 * `value` is 0 to 255, a list with one for each channel, or "random": drawn for each pixel and channel.
 *
 * @category schemas
 */
export const Erase = Schema.Struct({
  erase: Schema.Struct({
    scale: Options.rangeOf(Options.Fraction).pipe(withDefault(defaults.scale)),
    ratio: Options.rangeOf(Options.Positive).pipe(withDefault(defaults.ratio)),
    value: Options.Fill.pipe(withDefault(defaults.value))
  })
})
/** @category models */
export type Erase = typeof Erase.Type

/**
 * Paints over a random rectangle, by default black, of 0.02 to 0.33 of the image's area, 0.3 to 3.3 times as high as wide.
 *
 * **Source** Zhong et al. 2017, arXiv:1708.04896; torchvision's `RandomErasing` with `p=1`: `Augment.sometimes(0.5, [Augment.erase()])` is its default. As pixels
 * are bytes, "random" is 0 to 255 evenly, as in the paper.
 *
 * @category constructors
 */
export const erase = (options: Partial<Erase["erase"]> = {}): Erase => ({ erase: { ...defaults, ...options } })

/** Draws area and ratio until they fit (ten times at most, else nothing is painted), the place down and to the right, then random values. */
const compile: Compile<Erase> = ({ erase: { ratio, scale, value } }, shape) => {
  const boxes = { scale, ratio: [1 / ratio[1], 1 / ratio[0]], margin: 1 } as const
  return Result.map(Kind.checkFill("erase", value, shape), () => (from, to, generator) => {
    to.set(from)
    const box = Draws.box(generator, shape, boxes)
    if (box !== undefined) fill(to, shape, box, value, generator)
  })
}

export const kind = Kind.make("erase", Erase, erase(), compile)
