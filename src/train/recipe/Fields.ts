import { Schema } from "effect"
import { described } from "../../internal/SchemaFields.js"

export { described, withDefault } from "../../internal/SchemaFields.js"

export const Count = described(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)), "a whole number of at least 1")
export const Natural = described(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)), "a whole number of at least 0")
export const NotNegative = described(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)), "a number of at least 0")
export const BelowOne = described(
  Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true })),
  "a number of at least 0 and less than 1"
)
export const Fraction = described(
  Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
  "a number of at least 0 and at most 1"
)
export const Amount = described(
  Schema.Finite.check(Schema.makeFilter((amount) => amount > 0 && (amount < 1 || Number.isInteger(amount)))),
  "a fraction below 1 or a whole number of images"
)
