import { Result, Schema } from "effect"
import type { Apply, Compiled } from "./augment/Change.js"
import * as Crop from "./augment/Crop.js"
import * as Custom from "./augment/Custom.js"
import * as Flip from "./augment/Flip.js"
import * as Rotate from "./augment/Rotate.js"
import { DatasetError } from "./DatasetError.js"
import { type ImageShape, imageBytes } from "./ImageSet.js"

export type { Generator } from "../internal/Random.js"
export type { Apply } from "./augment/Change.js"
export { Crop, crop } from "./augment/Crop.js"
export { type Custom, custom } from "./augment/Custom.js"
export { Flip, flip } from "./augment/Flip.js"
export { Rotate, rotate } from "./augment/Rotate.js"

/**
 * One random change of an image: plain data, or a custom step.
 *
 * @category models
 */
export type Step = Crop.Crop | Flip.Flip | Rotate.Rotate | Custom.Custom

/**
 * Random changes of a training image, made in order; none when empty.
 *
 * @category models
 */
export type Augment = ReadonlyArray<Step>

/**
 * The built-in steps as a recipe has them: a custom step holds a function, which cannot be read from a file.
 *
 * @category schemas
 */
export const Augment = Schema.Array(Schema.Union([Crop.Crop, Flip.Flip, Rotate.Rotate]))

/**
 * The steps as plain data, for records: a custom step is its name and options.
 *
 * @category conversions
 */
export const describe = (augment: Augment): Schema.JsonArray =>
  augment.map((step) =>
    "custom" in step ? { custom: { name: step.custom.name, options: step.custom.options } } : step
  )

const compileStep = (step: Step, shape: ImageShape): Compiled =>
  "crop" in step
    ? Crop.compile(step, shape)
    : "flip" in step
      ? Flip.compile(step, shape)
      : "rotate" in step
        ? Rotate.compile(step, shape)
        : "custom" in step
          ? Custom.compile(step, shape)
          : unknownStep(step)

const unknownStep = (step: unknown): Compiled =>
  Result.fail(
    new DatasetError({
      op: "option",
      reason: `${JSON.stringify(step)} is not a step of an augmentation`,
      fix: "use Augment.crop, Augment.flip, Augment.rotate, or Augment.custom for another change"
    })
  )

/**
 * The steps as one function for images of `shape`.
 *
 * **Errors** `DatasetError` for steps that images of `shape` do not allow, and for a custom step that throws.
 *
 * @category conversions
 */
export const compile = (augment: Augment, shape: ImageShape): Result.Result<Apply, DatasetError> =>
  Result.gen(function* () {
    const steps: Array<Apply> = []
    for (const step of augment) steps.push(yield* compileStep(step, shape))
    const between = new Uint8Array(imageBytes(shape))
    return (from, to, generator) => {
      to.set(from)
      for (const step of steps) {
        between.set(to)
        step(between, to, generator)
      }
    }
  })
