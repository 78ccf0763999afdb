import { writeSync } from "node:fs"
import { Effect, Schema } from "effect"
import type { Kernels } from "../../../model/Kernels.js"
import type { BackendReport } from "../../backend/Backend.js"
import { type Case, Measurement, measure } from "./Case.js"
import * as ConvolutionCases from "./ConvolutionCases.js"
import * as OperationCases from "./OperationCases.js"

/** What came of a case: how near its outputs and gradients are, or what the kernel has thrown. */
export const Result = Schema.Struct({
  name: Schema.String,
  measurements: Schema.Array(Measurement),
  thrown: Schema.NullOr(Schema.String)
})
export type Result = typeof Result.Type

/** A few cases of each sort, done in a second or two, or every one. */
export type Form = "short" | "all"

export const ofForm = (form: Form): ReadonlyArray<Case> =>
  form === "short"
    ? [...ConvolutionCases.short(), ...OperationCases.short()]
    : [...ConvolutionCases.all(), ...OperationCases.all()]

/** Computes the cases and prints each result as a line of JSON as soon as it is known, so that the last line before a crash tells where it happened. */
export const print = (
  cases: ReadonlyArray<Case>,
  kernels: Kernels,
  { device }: Pick<BackendReport, "device">
): Effect.Effect<void> => {
  // TensorFlow lets a GPU round the factors of products to TensorFloat-32.
  const rounding = device === "gpu" ? 2 ** -11 : 2 ** -24
  return Effect.forEach(
    cases,
    (one) =>
      Effect.try({ try: () => measure(one, kernels, { repeats: 3, rounding }), catch: String }).pipe(
        Effect.match({
          onSuccess: (measurements) => ({ name: one.name, measurements, thrown: null }),
          onFailure: (thrown) => ({ name: one.name, measurements: [], thrown })
        }),
        // Nothing may be left in a buffer when the process aborts.
        Effect.andThen((result) => Effect.sync(() => writeSync(1, `${encode(result)}\n`)))
      ),
    { discard: true }
  )
}

const line = Schema.fromJsonString(Schema.toCodecJson(Result))
const encode = Schema.encodeSync(line)

/** The result that a line tells, if it does. */
export const parse = Schema.decodeOption(line)
