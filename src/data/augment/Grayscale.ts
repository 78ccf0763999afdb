import { Result, Schema } from "effect"
import type { Compile } from "./Change.js"
import * as Kind from "./Kind.js"
import * as Grey from "./kernels/Grey.js"

/**
 * Gives the red, green and blue of each pixel its brightness; grey images stay as they are.
 *
 * @category schemas
 */
export const Grayscale = Schema.Struct({ grayscale: Schema.Struct({}) })
/** @category models */
export type Grayscale = typeof Grayscale.Type

/**
 * Makes the image grey: `Augment.sometimes(0.1, [Augment.grayscale])` is torchvision's `RandomGrayscale`.
 *
 * @category constructors
 */
export const grayscale: Grayscale = { grayscale: {} }

const compile: Compile<Grayscale> = (_, shape) =>
  Result.map(Kind.checkColours("grayscale", shape), () => (from, to) => Grey.grayscale(from, to, shape))

export const kind = Kind.make("grayscale", Grayscale, grayscale, compile)
