import { Schema } from "effect"
import { BelowOne, Count, Fraction, NotNegative, withDefault } from "./Fields.js"

/**
 * The average of the weights: the constructors of `Average` as data. `every` is in steps, `afterEpochs` in epochs.
 *
 * @category schemas
 */
export const Averaging = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("none") }),
  Schema.Struct({
    kind: Schema.Literal("ema"),
    decay: BelowOne.pipe(withDefault(0.999)),
    every: Count.pipe(withDefault(1)),
    warmup: Schema.Boolean.pipe(withDefault(false))
  }),
  Schema.Struct({ kind: Schema.Literal("swa"), afterEpochs: Count }),
  Schema.Struct({
    kind: Schema.Literal("lookahead"),
    every: Count.pipe(withDefault(5)),
    decay: Fraction.pipe(withDefault(0.5)),
    power: NotNegative.pipe(withDefault(0))
  })
])
/** @category schemas */
export type Averaging = typeof Averaging.Type
