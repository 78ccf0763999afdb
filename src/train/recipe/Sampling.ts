import { Schema } from "effect"
import { Count, described, NotNegative, withDefault } from "./Fields.js"

const images = Schema.NullOr(Count).pipe(withDefault(null))

/**
 * Which images an epoch has: the constructors of `Sampling` in `effect-tensorflow/data` as data, but for those with a weight for each image.
 *
 * `images` is the number that are drawn for an epoch, by default as many as there are.
 *
 * @category schemas
 */
export const Sampling = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("uniform") }),
  Schema.Struct({ kind: Schema.Literal("classBalanced"), images }),
  Schema.Struct({
    kind: Schema.Literal("byClass"),
    weights: described(
      Schema.Array(NotNegative),
      "a list of weights of at least 0, one for each class, such as [1,0.5]"
    ),
    images
  })
])
/** @category schemas */
export type Sampling = typeof Sampling.Type
