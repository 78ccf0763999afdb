import { Result, Schema } from "effect"
import * as Random from "../../internal/Random.js"
import type { At, Compile } from "./Change.js"
import * as Kind from "./Kind.js"
import * as Mirror from "./kernels/Mirror.js"

/**
 * Mirrors a random half of the images left and right in epochs 0, 2, 4, ..., and the other half in epochs 1, 3, 5, ...
 *
 * @category schemas
 */
export const AlternatingFlip = Schema.Struct({ alternatingFlip: Schema.Struct({}) })
/** @category models */
export type AlternatingFlip = typeof AlternatingFlip.Type

/**
 * Mirrors each image in every other epoch: two epochs in a row show both sides of every image, of which a random flip shows only one, half of the time.
 *
 * **Source** Jordan 2024, arXiv:2404.00498, sec. 3.6.
 *
 * @category constructors
 */
export const alternatingFlip: AlternatingFlip = { alternatingFlip: {} }

/** Whether the image is mirrored: in epoch 0 by chance, then in turn. */
export const isMirrored = ({ epoch, image, seed }: At): boolean =>
  (Random.make(seed, "alternating flip", image).below(2) + epoch) % 2 === 1

/** Draws nothing from the image's generator, which differs from epoch to epoch. */
const compile: Compile<AlternatingFlip> = (_, shape) =>
  Result.succeed((from, to, _, at) => {
    if (isMirrored(at)) Mirror.leftRight(from, to, shape)
    else to.set(from)
  })

export const kind = Kind.make("alternatingFlip", AlternatingFlip, alternatingFlip, compile)
