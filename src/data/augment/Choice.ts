import { Result, Schema } from "effect"
import type { DatasetError } from "../DatasetError.js"
import type { ImageShape } from "../ImageSet.js"
import { type Apply, identity } from "./Change.js"
import * as Kind from "./Kind.js"
import { Fraction } from "./Options.js"

/**
 * Makes the steps for a fraction `p` of the images, in order; the others stay as they are.
 *
 * @category models
 */
export interface Sometimes<Step> {
  readonly sometimes: { readonly p: number; readonly steps: ReadonlyArray<Step> }
}

/**
 * Makes one of the steps, each equally often.
 *
 * @category models
 */
export interface OneOf<Step> {
  readonly oneOf: ReadonlyArray<Step>
}

/**
 * Makes the steps for a fraction `p` of the images, in order; the others stay as they are.
 *
 * **Source** torchvision's `RandomApply`.
 *
 * @category combinators
 * @example
 * ```ts
 * import { Augment } from "effect-tensorflow/data"
 *
 * Augment.sometimes(0.1, [Augment.grayscale]) // => { sometimes: { p: 0.1, steps: [{ grayscale: {} }] } }
 * ```
 */
export const sometimes = <Step>(p: number, steps: ReadonlyArray<Step>): Sometimes<Step> => ({ sometimes: { p, steps } })

/**
 * Makes one of the steps, each equally often.
 *
 * **Source** torchvision's `RandomChoice`.
 *
 * @category combinators
 * @example
 * ```ts
 * import { Augment } from "effect-tensorflow/data"
 *
 * Augment.oneOf([Augment.blur(3), Augment.equalize]) // => { oneOf: [{ blur: { kernelSize: 3, sigma: [0.1, 2] } }, { equalize: {} }] }
 * ```
 */
export const oneOf = <Step>(steps: ReadonlyArray<Step>): OneOf<Step> => ({ oneOf: steps })

type CompileAll<Step> = (steps: ReadonlyArray<Step>, shape: ImageShape) => Result.Result<Apply, DatasetError>

/** Draws whether to change the image, then what the steps draw. */
export const compileSometimes = <Step>(
  { sometimes: { p, steps } }: Sometimes<Step>,
  shape: ImageShape,
  compile: CompileAll<Step>
): Result.Result<Apply, DatasetError> =>
  Schema.is(Fraction)(p)
    ? Result.map(compile(steps, shape), (apply) => (from, to, generator, at) => {
        if (generator.uniform() < p) apply(from, to, generator, at)
        else identity(from, to, generator, at)
      })
    : Result.fail(
        Kind.refused(
          `sometimes.p is ${p}; expected a number of at least 0 and at most 1`,
          "give a fraction such as 0.5"
        )
      )

/** Draws which step, then what it draws. */
export const compileOneOf = <Step>(
  { oneOf }: OneOf<Step>,
  shape: ImageShape,
  compile: CompileAll<Step>
): Result.Result<Apply, DatasetError> => {
  if (oneOf.length === 0) {
    return Result.fail(Kind.refused("oneOf has no steps to choose from", "give at least one step"))
  }
  return Result.map(Result.all(oneOf.map((step) => compile([step], shape))), (choices) => (from, to, generator, at) => {
    choices[generator.below(choices.length)]!(from, to, generator, at)
  })
}
