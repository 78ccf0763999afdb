import { Result, Schema } from "effect"
import { withDefault } from "../../internal/SchemaFields.js"
import type { Compile } from "./Change.js"
import * as Draws from "./Draws.js"
import * as Kind from "./Kind.js"
import * as Kernel from "./kernels/Blur.js"
import * as Options from "./Options.js"

const defaults = { sigma: [0.1, 2] } as const

const Odd = Options.Count.check(Schema.makeFilter((size) => size % 2 === 1 || "Expected an odd number"))

/**
 * Blurs by a Gaussian over `kernelSize` x `kernelSize` pixels, whose standard deviation in pixels is drawn evenly from the range `sigma`.
 *
 * @category schemas
 */
export const Blur = Schema.Struct({
  blur: Schema.Struct({
    kernelSize: Odd,
    sigma: Options.rangeOf(Options.Positive).pipe(withDefault(defaults.sigma))
  })
})
/** @category models */
export type Blur = typeof Blur.Type

/**
 * Blurs by a Gaussian of an odd size in pixels, by default with a deviation of 0.1 to 2 pixels.
 *
 * **Source** torchvision's `GaussianBlur`.
 *
 * @category constructors
 */
export const blur = (kernelSize: number, options: Partial<Omit<Blur["blur"], "kernelSize">> = {}): Blur => ({
  blur: { kernelSize, ...defaults, ...options }
})

/** Draws the deviation. */
const compile: Compile<Blur> = ({ blur: { kernelSize, sigma } }, shape) => {
  const side = Math.min(shape.height, shape.width)
  if (kernelSize > 2 * side - 1) {
    return Result.fail(
      Kind.refused(
        `blur.kernelSize is ${kernelSize}; for images of ${shape.height}x${shape.width} it is at most ${2 * side - 1}`,
        "give a size such as 3"
      )
    )
  }
  const run = Kernel.make(shape, kernelSize)
  return Result.succeed((from, to, generator) => run(from, to, Draws.between(generator, sigma)))
}

export const kind = Kind.make("blur", Blur, blur(3), compile)
