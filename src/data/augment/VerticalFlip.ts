import { Result, Schema } from "effect"
import type { Compile } from "./Change.js"
import * as Kind from "./Kind.js"
import * as Mirror from "./kernels/Mirror.js"

/**
 * Mirrors top and bottom, one image in two.
 *
 * @category schemas
 */
export const VerticalFlip = Schema.Struct({ verticalFlip: Schema.Struct({}) })
/** @category models */
export type VerticalFlip = typeof VerticalFlip.Type

/**
 * Mirrors top and bottom, one image in two.
 *
 * @category constructors
 */
export const verticalFlip: VerticalFlip = { verticalFlip: {} }

/** Draws whether to mirror. */
const compile: Compile<VerticalFlip> = (_, shape) =>
  Result.succeed((from, to, generator) => {
    if (generator.below(2) === 1) Mirror.topBottom(from, to, shape)
    else to.set(from)
  })

export const kind = Kind.make("verticalFlip", VerticalFlip, verticalFlip, compile)
