import { Result, Schema } from "effect"
import type { Compile } from "./Change.js"
import * as Kind from "./Kind.js"
import * as Mirror from "./kernels/Mirror.js"

/**
 * Mirrors left and right, one image in two.
 *
 * @category schemas
 */
export const Flip = Schema.Struct({ flip: Schema.Struct({}) })
/** @category models */
export type Flip = typeof Flip.Type

/**
 * Mirrors left and right, one image in two.
 *
 * @category constructors
 */
export const flip: Flip = { flip: {} }

/** Draws whether to mirror. */
const compile: Compile<Flip> = (_, shape) =>
  Result.succeed((from, to, generator) => {
    if (generator.below(2) === 1) Mirror.leftRight(from, to, shape)
    else to.set(from)
  })

export const kind = Kind.make("flip", Flip, flip, compile)
