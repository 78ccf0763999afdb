import { Effect, Schema } from "effect"

/** A Schema with a description of its values, for messages and help. */
export const described = <S extends Schema.Top>(schema: S, description: string) => schema.annotate({ description })

/** An optional key, with its default. */
export const withDefault =
  <S extends Schema.Top>(value: S["Encoded"]) =>
  (schema: S) =>
    Schema.withDecodingDefaultKey<S>(Effect.succeed(value))(schema)
