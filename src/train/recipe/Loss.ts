import { Schema } from "effect"
import { BelowOne, described, Fraction, NotNegative, withDefault } from "./Fields.js"

const classWeights = described(
  Schema.NullOr(Schema.Union([Schema.Literal("balanced"), Schema.Array(NotNegative)])),
  'null, "balanced" or a list of weights of at least 0, one for each class, such as [1,2.5]'
).pipe(withDefault(null))

const gamma = described(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)), "a number of at least 1").pipe(
  withDefault(2)
)

/**
 * The loss: the constructors of `Loss` as data. The first two are for classes, the next two for images with several labels, the others for values.
 *
 * `classWeights` "balanced" makes all classes count the same in total, by the labels of all training images, those held back for validation included.
 *
 * @category schemas
 */
export const Loss = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("crossEntropy"), labelSmoothing: BelowOne.pipe(withDefault(0)), classWeights }),
  Schema.Struct({ kind: Schema.Literal("focal"), gamma, classWeights }),
  Schema.Struct({
    kind: Schema.Literal("binaryCrossEntropy"),
    positiveWeights: described(
      Schema.NullOr(Schema.Array(NotNegative)),
      "null or a list of weights of at least 0, one for each label, such as [1,2.5]"
    ).pipe(withDefault(null))
  }),
  Schema.Struct({
    kind: Schema.Literal("binaryFocal"),
    gamma,
    alpha: Schema.NullOr(Fraction).pipe(withDefault(0.25))
  }),
  Schema.Struct({ kind: Schema.Literal("meanSquared") }),
  Schema.Struct({
    kind: Schema.Literal("huber"),
    delta: described(Schema.Finite.check(Schema.isGreaterThan(0)), "a number of more than 0").pipe(withDefault(1))
  })
])
/** @category schemas */
export type Loss = typeof Loss.Type
