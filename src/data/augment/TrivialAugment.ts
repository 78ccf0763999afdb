import { Result, Schema } from "effect"
import { withDefault } from "../../internal/SchemaFields.js"
import type { Compile } from "./Change.js"
import * as Kind from "./Kind.js"
import * as Operations from "./Operations.js"
import * as Options from "./Options.js"

const defaults = { numMagnitudeBins: 31, interpolation: "nearest" } as const

/**
 * Makes one change, drawn from 14, of a strength drawn from `numMagnitudeBins`.
 *
 * @category schemas
 */
export const TrivialAugment = Schema.Struct({
  trivialAugment: Schema.Struct({
    numMagnitudeBins: Options.Count.pipe(withDefault(defaults.numMagnitudeBins)),
    interpolation: Options.Interpolation.pipe(withDefault(defaults.interpolation))
  })
})
/** @category models */
export type TrivialAugment = typeof TrivialAugment.Type

/**
 * Makes one of RandAugment's changes, of any strength up to about three times as much.
 *
 * **Source** Müller and Hutter 2021, arXiv:2103.10158, "wide" space; torchvision's `TrivialAugmentWide`.
 *
 * @category constructors
 */
export const trivialAugment = (options: Partial<TrivialAugment["trivialAugment"]> = {}): TrivialAugment => ({
  trivialAugment: { ...defaults, ...options }
})

export const operations = (bins: number): ReadonlyArray<Operations.Operation> =>
  Operations.all({ shear: 0.99, translate: [32, 32], degrees: 135, factor: 0.99, bits: [8, 2] }, bins)

/** Draws the change, the bin, then the sign. */
const compile: Compile<TrivialAugment> = ({ trivialAugment: { interpolation, numMagnitudeBins } }, shape) => {
  const choices = operations(numMagnitudeBins)
  const change = Operations.changes(shape, interpolation)
  return Result.map(Kind.checkColours("trivialAugment", shape), () => (from, to, generator) => {
    const [name, amount] = Operations.draw(choices, (bins) => bins.below(numMagnitudeBins), generator)
    change(name, from, to, amount)
  })
}

export const kind = Kind.make("trivialAugment", TrivialAugment, trivialAugment(), compile)
