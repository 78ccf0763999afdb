import { Schema } from "effect"
import { described } from "../../internal/SchemaFields.js"

const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))

export const Fraction = described(between(0, 1), "a number of at least 0 and at most 1")

export const Degrees = described(between(0, 180), "an angle of 0 to 180 degrees")

export const NotNegative = described(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)), "a number of at least 0")

export const Positive = described(Schema.Finite.check(Schema.isGreaterThan(0)), "a number above 0")

export const Count = described(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)), "a whole number of at least 1")

export const Byte = described(
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })),
  "a whole number from 0 to 255"
)

/** The least and the greatest of a range. */
export const rangeOf = <S extends Schema.Codec<number>>(value: S) =>
  Schema.Tuple([value, value]).check(
    Schema.makeFilter(([low, high]) => low <= high || "Expected the smaller number first")
  )

export const Interpolation = Schema.Literals(["nearest", "bilinear"])

export const PositiveFraction = described(
  Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true })),
  "a number above 0 and at most 1"
)

/** What a region is filled with: a value for all channels, a value for each, or random values for each pixel. */
export const Fill = Schema.Union([Byte, Schema.Array(Byte), Schema.Literal("random")])
