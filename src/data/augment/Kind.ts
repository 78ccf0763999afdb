import { Result, Schema, SchemaIssue } from "effect"
import { DatasetError } from "../DatasetError.js"
import { describeShape, type ImageShape } from "../ImageSet.js"
import type { Compile, Compiled } from "./Change.js"

/** A kind of step: makes a function of a step with its key, `undefined` for any other step. */
export interface Kind {
  readonly key: string
  readonly compile: (step: object, shape: ImageShape) => Compiled | undefined
}

/** A kind whose steps are plain data: `schema` says which options are valid, `example` is one that is. */
export const make = <Step extends object>(
  key: string,
  schema: Schema.Codec<Step, unknown>,
  example: Step,
  compile: Compile<Step>
): Kind => {
  const decode = Schema.decodeUnknownResult(Schema.toType(schema))
  return {
    key,
    compile: (step, shape) =>
      key in step
        ? decode(step).pipe(
            Result.mapError(({ issue }) => invalid(step, issue, example)),
            Result.flatMap((valid) => compile(valid, shape))
          )
        : undefined
  }
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const invalid = (step: object, issue: SchemaIssue.Issue, example: object): DatasetError => {
  const [first] = format(issue).issues
  const path = (first?.path ?? []).map((part) => (typeof part === "object" ? part.key : part))
  const value = path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : at),
    step
  )
  const shown = typeof value === "number" || value === undefined ? String(value) : JSON.stringify(value)
  return refused(
    `${path.map(String).join(".")} of the augmentation is ${shown}: ${lower(first?.message ?? "not valid")}`,
    `give a step such as ${JSON.stringify(example)}`
  )
}

const lower = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1)

/** The error for a step that cannot be used. */
export const refused = (reason: string, fix: string): DatasetError => new DatasetError({ op: "option", reason, fix })

/** Fails for images that have no colours to work on: those of other than 1 or 3 channels. */
export const checkColours = (key: string, shape: ImageShape): Result.Result<void, DatasetError> =>
  shape.channels === 1 || shape.channels === 3
    ? Result.void
    : Result.fail(
        refused(
          `${key} changes grey or RGB images, of 1 or 3 channels; these are ${describeShape(shape)}`,
          `leave ${key} out of the augmentation`
        )
      )

/** Fails for a list of values that is not as long as the image has channels. */
export const checkFill = (
  key: string,
  value: number | ReadonlyArray<number> | "random",
  shape: ImageShape
): Result.Result<void, DatasetError> =>
  typeof value === "object" && value.length !== shape.channels
    ? Result.fail(
        refused(
          `${key}.value has ${value.length} numbers, but images of ${describeShape(shape)} have ${shape.channels} channels`,
          "give one number for all channels, or as many as there are channels"
        )
      )
    : Result.void
