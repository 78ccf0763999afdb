import { Result, Schema } from "effect"
import * as Affine from "./augment/Affine.js"
import * as AlternatingFlip from "./augment/AlternatingFlip.js"
import * as AugMix from "./augment/AugMix.js"
import * as Blur from "./augment/Blur.js"
import { type Apply, type Compiled, inOrder } from "./augment/Change.js"
import * as Choice from "./augment/Choice.js"
import * as ColorJitter from "./augment/ColorJitter.js"
import * as Crop from "./augment/Crop.js"
import * as Custom from "./augment/Custom.js"
import * as Cutout from "./augment/Cutout.js"
import * as Equalize from "./augment/Equalize.js"
import * as Erase from "./augment/Erase.js"
import * as Flip from "./augment/Flip.js"
import * as Grayscale from "./augment/Grayscale.js"
import { refused } from "./augment/Kind.js"
import { Fraction } from "./augment/Options.js"
import * as Perspective from "./augment/Perspective.js"
import * as Posterize from "./augment/Posterize.js"
import * as RandAugment from "./augment/RandAugment.js"
import * as ResizedCrop from "./augment/ResizedCrop.js"
import * as Rotate from "./augment/Rotate.js"
import * as Solarize from "./augment/Solarize.js"
import * as TrivialAugment from "./augment/TrivialAugment.js"
import * as VerticalFlip from "./augment/VerticalFlip.js"
import type { DatasetError } from "./DatasetError.js"
import type { ImageShape } from "./ImageSet.js"

export type { Generator } from "../internal/Random.js"
export { Affine, affine } from "./augment/Affine.js"
export { AlternatingFlip, alternatingFlip } from "./augment/AlternatingFlip.js"
export { AugMix, augMix } from "./augment/AugMix.js"
export { Blur, blur } from "./augment/Blur.js"
export type { Apply, At } from "./augment/Change.js"
export { type OneOf, oneOf, type Sometimes, sometimes } from "./augment/Choice.js"
export { ColorJitter, colorJitter } from "./augment/ColorJitter.js"
export { Crop, crop } from "./augment/Crop.js"
export { type Custom, custom } from "./augment/Custom.js"
export { Cutout, cutout } from "./augment/Cutout.js"
export { Equalize, equalize } from "./augment/Equalize.js"
export { Erase, erase } from "./augment/Erase.js"
export { Flip, flip } from "./augment/Flip.js"
export { Grayscale, grayscale } from "./augment/Grayscale.js"
export { Perspective, perspective } from "./augment/Perspective.js"
export { Posterize, posterize } from "./augment/Posterize.js"
export { RandAugment, randAugment } from "./augment/RandAugment.js"
export { ResizedCrop, resizedCrop } from "./augment/ResizedCrop.js"
export { Rotate, rotate } from "./augment/Rotate.js"
export { Solarize, solarize } from "./augment/Solarize.js"
export { TrivialAugment, trivialAugment } from "./augment/TrivialAugment.js"
export { VerticalFlip, verticalFlip } from "./augment/VerticalFlip.js"

const Simple = Schema.Union([
  Affine.Affine,
  AlternatingFlip.AlternatingFlip,
  AugMix.AugMix,
  Blur.Blur,
  ColorJitter.ColorJitter,
  Crop.Crop,
  Cutout.Cutout,
  Equalize.Equalize,
  Erase.Erase,
  Flip.Flip,
  Grayscale.Grayscale,
  Perspective.Perspective,
  Posterize.Posterize,
  RandAugment.RandAugment,
  ResizedCrop.ResizedCrop,
  Rotate.Rotate,
  Solarize.Solarize,
  TrivialAugment.TrivialAugment,
  VerticalFlip.VerticalFlip
])

const kinds = [
  Affine.kind,
  AlternatingFlip.kind,
  AugMix.kind,
  Blur.kind,
  ColorJitter.kind,
  Crop.kind,
  Cutout.kind,
  Equalize.kind,
  Erase.kind,
  Flip.kind,
  Grayscale.kind,
  Perspective.kind,
  Posterize.kind,
  RandAugment.kind,
  ResizedCrop.kind,
  Rotate.kind,
  Solarize.kind,
  TrivialAugment.kind,
  VerticalFlip.kind
]

type OneOrChoice<One> = One | Choice.Sometimes<OneOrChoice<One>> | Choice.OneOf<OneOrChoice<One>>

/**
 * One random change of an image: plain data, a custom step, or a choice of such.
 *
 * @category models
 */
export type Step = OneOrChoice<typeof Simple.Type | Custom.Custom>

/**
 * Random changes of a training image, made in order; none when empty.
 *
 * @category models
 */
export type Augment = ReadonlyArray<Step>

const Recorded = Schema.Array(
  Schema.suspend((): Schema.Codec<OneOrChoice<typeof Simple.Type>, OneOrChoice<typeof Simple.Encoded>> => RecordedStep)
)

const RecordedStep = Schema.Union([
  ...Simple.members,
  Schema.Struct({ sometimes: Schema.Struct({ p: Fraction, steps: Recorded }) }),
  Schema.Struct({ oneOf: Recorded.check(Schema.isMinLength(1)) })
])

/**
 * The built-in steps as a recipe has them: a custom step holds a function, which cannot be read from a file.
 *
 * @category schemas
 */
export const Augment = Recorded

/**
 * The steps as plain data, for records: a custom step is its name and options.
 *
 * @category conversions
 */
export const describe = (augment: Augment): Schema.JsonArray => augment.map(describeStep)

const describeStep = (step: Step): Schema.Json => {
  if ("custom" in step) return { custom: { name: step.custom.name, options: step.custom.options } }
  if ("sometimes" in step) return { sometimes: { p: step.sometimes.p, steps: describe(step.sometimes.steps) } }
  return "oneOf" in step ? { oneOf: describe(step.oneOf) } : step
}

const compileStep = (step: Step, shape: ImageShape): Compiled => {
  if ("custom" in step) return Custom.compile(step, shape)
  if ("sometimes" in step) return Choice.compileSometimes(step, shape, compile)
  if ("oneOf" in step) return Choice.compileOneOf(step, shape, compile)
  for (const kind of kinds) {
    const compiled = kind.compile(step, shape)
    if (compiled !== undefined) return compiled
  }
  return Result.fail(
    refused(
      `${JSON.stringify(step)} is not a step of an augmentation`,
      `use one of ${kinds.map(({ key }) => key).join(", ")}, or Augment.custom for another change`
    )
  )
}

/**
 * The steps as one function for images of `shape`.
 *
 * **Errors** `DatasetError` for steps that images of `shape` do not allow, options out of range, and a custom step that throws.
 *
 * @category conversions
 */
export const compile = (augment: Augment, shape: ImageShape): Result.Result<Apply, DatasetError> =>
  Result.map(Result.all(augment.map((step) => compileStep(step, shape))), (steps) => inOrder(steps, shape))
