import * as tf from "@tensorflow/tfjs-core"
import { Schema } from "effect"
import * as Random from "../../../internal/Random.js"
import type { Kernels } from "../../../model/Kernels.js"
import { noise, type Values } from "./Values.js"

/** Something that kernels compute, and what it should come to. */
export interface Case {
  readonly name: string
  readonly inputs: ReadonlyArray<Values>
  readonly compute: (kernels: Kernels, inputs: ReadonlyArray<tf.Tensor>) => ReadonlyArray<tf.Tensor>
  /** In the order of what `compute` gives. */
  readonly expected: () => ReadonlyArray<Expected>
}

/** An output or a gradient, computed in float64. */
export interface Expected {
  readonly what: string
  readonly values: Float64Array
  /** Which numbers these are; all of them by default. */
  readonly at?: ReadonlyArray<number>
  /** Largest error allowed, in roundings of the largest value. */
  readonly roundings: number
  /** The least that the largest value counts as: a few sums of many numbers may all be near zero. */
  readonly scale?: number
}

/** How far one output or gradient is from the float64 one, and how far rounding may take it, both as parts of the largest value. */
export const Measurement = Schema.Struct({ what: Schema.String, error: Schema.Number, tolerance: Schema.Number })
export type Measurement = typeof Measurement.Type

/**
 * Roundings that a sum of `terms` products may add up to: they have either sign, so that the error of a sum grows with the square root of their number, as does the sum itself.
 * One after the other, they come to about a third of `sqrt(terms)`; the factor leaves room for functions and other orders of summation.
 */
const roundings = (terms: number): number => 8 * Math.sqrt(terms)

/** What is expected of sums of `terms` products of two standard normal numbers: they come to `sqrt(terms)`. */
export const sums = (what: string, values: Float64Array, terms: number): Expected => ({
  what,
  values,
  roundings: roundings(terms),
  scale: Math.sqrt(terms)
})

/** An operation, by its function in float64; the gradients of its first output come from differences of that. */
export const operation = (options: {
  readonly name: string
  readonly inputs: ReadonlyArray<Values>
  /** The gradient by the first so many inputs is checked. */
  readonly differentiable: number
  /** How many numbers one number of the outputs or of a gradient is made of. */
  readonly terms: number
  readonly compute: Case["compute"]
  readonly reference: (inputs: ReadonlyArray<Values>) => ReadonlyArray<Values>
}): Case => {
  const { compute, differentiable, inputs, name, reference } = options
  const allowed = roundings(options.terms)
  return {
    name,
    inputs,
    compute: (kernels, tensors) => {
      const outputs = compute(kernels, tensors)
      if (differentiable === 0) return outputs
      const dy = tensor(noise("dy", outputs[0]!.shape))
      const constants = tensors.slice(differentiable)
      const gradients = tf.grads((...variables: Array<tf.Tensor>) => compute(kernels, [...variables, ...constants])[0]!)
      return [...outputs, ...gradients(tensors.slice(0, differentiable), dy)]
    },
    expected: () => {
      const outputs = reference(inputs)
      const dy = differentiable === 0 ? undefined : noise("dy", outputs[0]!.shape)
      return [
        ...outputs.map(({ data }, i) => ({ what: `output ${i + 1}`, values: data, roundings: allowed })),
        ...inputs.slice(0, differentiable).map((input, i) => {
          const at = someOf(input.data.length)
          const derivative = (index: number) => differentiate(reference, inputs, i, index, dy!)
          return {
            what: `gradient by input ${i + 1}`,
            values: Float64Array.from(at, derivative),
            at,
            roundings: allowed
          }
        })
      ]
    }
  }
}

/** All indices of a small tensor, some of a large one. */
const someOf = (length: number): ReadonlyArray<number> => {
  const few = 128
  if (length <= few) return Array.from({ length }, (_, index) => index)
  const { below } = Random.make(0, "kernels", "sample", length)
  return Array.from({ length: few }, () => below(length))
}

/** The derivative of `sum(dy * f(inputs))` by one number, from a central difference, whose error in float64 is far below a rounding of float32. */
const differentiate = (
  f: (inputs: ReadonlyArray<Values>) => ReadonlyArray<Values>,
  inputs: ReadonlyArray<Values>,
  input: number,
  index: number,
  dy: Values
): number => {
  const step = 2 ** -17
  const shifted = (by: number): Float64Array =>
    f(
      inputs.map((values, i) =>
        i === input ? { ...values, data: values.data.with(index, values.data[index]! + by) } : values
      )
    )[0]!.data
  const [above, below] = [shifted(step), shifted(-step)]
  return above.reduce((sum, y, i) => sum + ((y - below[i]!) / (2 * step)) * dy.data[i]!, 0)
}

/** **Ownership** the tensor belongs to the enclosing `tf.tidy`. */
export const tensor = ({ data, shape }: Values): tf.Tensor => tf.tensor(Float32Array.from(data), [...shape], "float32")

/**
 * Computes a case `repeats` times over and compares each output and gradient, of whose errors the largest counts. A kernel that writes past
 * its memory may be wrong in some calls only.
 *
 * `rounding` is what one rounding changes a number by, relative to it.
 */
export const measure = (
  { compute, expected, inputs }: Case,
  kernels: Kernels,
  { repeats, rounding }: { readonly repeats: number; readonly rounding: number }
): ReadonlyArray<Measurement> => {
  const results = Array.from({ length: repeats }, () =>
    tf.tidy(() => compute(kernels, inputs.map(tensor)).map((tensor) => tensor.dataSync<"float32">()))
  )
  return expected().map((one, i) => ({
    what: one.what,
    error: Math.max(...results.map((result) => relativeError(result[i]!, one))),
    tolerance: one.roundings * rounding
  }))
}

/** The largest difference, as a part of the largest value; what is not a number is infinitely far away. */
const relativeError = (actual: ArrayLike<number>, { at, scale = 0, values }: Expected): number => {
  if (at === undefined && actual.length !== values.length) return Number.POSITIVE_INFINITY
  let difference = 0
  let largest = scale
  values.forEach((value, i) => {
    const distance = Math.abs(value - actual[at?.[i] ?? i]!)
    difference = Math.max(difference, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance)
    largest = Math.max(largest, Math.abs(value))
  })
  return difference === 0 ? 0 : difference / largest
}

/** Whether every number is as near as rounding lets it be. */
export const isRight = (measurements: ReadonlyArray<Measurement>): boolean =>
  measurements.every(({ error, tolerance }) => error <= tolerance)
