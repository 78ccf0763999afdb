import { Result, Schema } from "effect"
import type { Compile } from "./Change.js"
import * as Kind from "./Kind.js"
import * as Lookup from "./kernels/Lookup.js"
import * as Options from "./Options.js"

/**
 * Inverts all pixel values of at least `threshold`.
 *
 * @category schemas
 */
export const Solarize = Schema.Struct({ solarize: Schema.Struct({ threshold: Options.Byte }) })
/** @category models */
export type Solarize = typeof Solarize.Type

/**
 * Inverts all pixel values of at least `threshold`, 0 to 255; of at least 0 are all.
 *
 * **Source** torchvision's `RandomSolarize` with `p=1`.
 *
 * @category constructors
 */
export const solarize = (threshold: number): Solarize => ({ solarize: { threshold } })

const compile: Compile<Solarize> = ({ solarize: { threshold } }) =>
  Result.succeed((from, to) => Lookup.solarize(from, to, threshold))

export const kind = Kind.make("solarize", Solarize, solarize(128), compile)
