import { Result, Schema } from "effect"
import type { Compile } from "./Change.js"

/**
 * Mirrors left and right, one image in two.
 *
 * @category schemas
 */
export const Flip = Schema.Struct({ flip: Schema.Struct({}) })
/** @category models */
export type Flip = typeof Flip.Type

/**
 * Mirrors one image in two.
 *
 * @category constructors
 */
export const flip: Flip = { flip: {} }

/** Draws whether to mirror. */
export const compile: Compile<Flip> = (_, { channels, height, width }) =>
  Result.succeed((from, to, generator) => {
    const mirror = generator.below(2) === 1
    let target = 0
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const source = (y * width + (mirror ? width - 1 - x : x)) * channels
        for (let channel = 0; channel < channels; channel++) {
          to[target++] = from[source + channel]!
        }
      }
    }
  })
