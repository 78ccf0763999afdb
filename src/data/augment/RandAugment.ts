import { Result, Schema } from "effect"
import { withDefault } from "../../internal/SchemaFields.js"
import { type Compile, inOrder } from "./Change.js"
import * as Kind from "./Kind.js"
import * as Operations from "./Operations.js"
import * as Options from "./Options.js"

const defaults = { numOps: 2, magnitude: 9, numMagnitudeBins: 31, interpolation: "nearest" } as const

/**
 * Makes `numOps` changes, each drawn from 14, all of one strength: bin `magnitude` of `numMagnitudeBins`, counted from 0.
 *
 * @category schemas
 */
export const RandAugment = Schema.Struct({
  randAugment: Schema.Struct({
    numOps: Options.Count.pipe(withDefault(defaults.numOps)),
    magnitude: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).pipe(withDefault(defaults.magnitude)),
    numMagnitudeBins: Options.Count.pipe(withDefault(defaults.numMagnitudeBins)),
    interpolation: Options.Interpolation.pipe(withDefault(defaults.interpolation))
  })
})
/** @category models */
export type RandAugment = typeof RandAugment.Type

/**
 * Makes two changes of strength 9 of 30, drawn from identity, shears, shifts, rotation, brightness, colour, contrast, sharpness, posterize, solarize,
 * automatic contrast and equalize.
 *
 * **Source** Cubuk et al. 2019, arXiv:1909.13719; torchvision's `RandAugment`.
 *
 * @category constructors
 */
export const randAugment = (options: Partial<RandAugment["randAugment"]> = {}): RandAugment => ({
  randAugment: { ...defaults, ...options }
})

/** The operations of images of 150/331 of the width and height at most shifted. */
export const operations = (width: number, height: number, bins: number): ReadonlyArray<Operations.Operation> =>
  Operations.all(
    {
      shear: 0.3,
      translate: [(150 / 331) * width, (150 / 331) * height],
      degrees: 30,
      factor: 0.9,
      bits: [8, 4]
    },
    bins
  )

/** Draws for each change which one, then its sign. */
const compile: Compile<RandAugment> = ({ randAugment }, shape) => {
  const { interpolation, magnitude, numMagnitudeBins, numOps } = randAugment
  if (magnitude >= numMagnitudeBins) {
    return Result.fail(
      Kind.refused(
        `randAugment.magnitude is ${magnitude}; of ${numMagnitudeBins} bins, the last is ${numMagnitudeBins - 1}`,
        "give a smaller magnitude, or more bins"
      )
    )
  }
  const choices = operations(shape.width, shape.height, numMagnitudeBins)
  const change = Operations.changes(shape, interpolation)
  const step = inOrder(
    Array.from({ length: numOps }, () => (from, to, generator) => {
      const [name, amount] = Operations.draw(choices, () => magnitude, generator)
      change(name, from, to, amount)
    }),
    shape
  )
  return Result.map(Kind.checkColours("randAugment", shape), () => step)
}

export const kind = Kind.make("randAugment", RandAugment, randAugment(), compile)
