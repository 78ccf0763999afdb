import { Result, Schema } from "effect"
import type { Compile } from "./Change.js"
import * as Kind from "./Kind.js"
import * as Lookup from "./kernels/Lookup.js"

/**
 * Spreads the pixel values of each channel evenly over 0 to 255.
 *
 * @category schemas
 */
export const Equalize = Schema.Struct({ equalize: Schema.Struct({}) })
/** @category models */
export type Equalize = typeof Equalize.Type

/**
 * Spreads the pixel values of each channel evenly over 0 to 255.
 *
 * **Source** torchvision's `RandomEqualize` with `p=1`, which is Pillow's. Images of few pixels, less than 256 beside those of the brightest value, stay as they are.
 *
 * @category constructors
 */
export const equalize: Equalize = { equalize: {} }

const compile: Compile<Equalize> = (_, shape) => Result.succeed((from, to) => Lookup.equalize(from, to, shape))

export const kind = Kind.make("equalize", Equalize, equalize, compile)
