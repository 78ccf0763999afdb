import { Result, Schema } from "effect"
import type { Compile } from "./Change.js"
import * as Kind from "./Kind.js"
import * as Lookup from "./kernels/Lookup.js"

/**
 * Keeps the highest `bits` of each pixel value and sets the others to 0.
 *
 * @category schemas
 */
export const Posterize = Schema.Struct({
  posterize: Schema.Struct({ bits: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 })) })
})
/** @category models */
export type Posterize = typeof Posterize.Type

/**
 * Keeps the highest `bits` of 8: 2 to the power of `bits` values are left.
 *
 * **Source** torchvision's `RandomPosterize` with `p=1`.
 *
 * @category constructors
 */
export const posterize = (bits: number): Posterize => ({ posterize: { bits } })

const compile: Compile<Posterize> = ({ posterize: { bits } }) =>
  Result.succeed((from, to) => Lookup.posterize(from, to, bits))

export const kind = Kind.make("posterize", Posterize, posterize(4), compile)
