import { Schema } from "effect"
import { type Interval, wilson as wilsonInterval } from "./Interval.js"
import type { Samples } from "./Samples.js"

/** The sum of a number of each sample, and how many samples: a monoid, of which the mean is a function. */
export const Mean = Schema.Struct({ sum: Schema.Number, count: Schema.Int })
export type Mean = typeof Mean.Type

export const empty: Mean = { sum: 0, count: 0 }

export const ofBatch =
  (of: (samples: Samples, i: number) => number) =>
  (samples: Samples): Mean => {
    let sum = 0
    for (let i = 0; i < samples.count; i++) sum += of(samples, i)
    return { sum, count: samples.count }
  }

export const combine = (a: Mean, b: Mean): Mean => ({ sum: a.sum + b.sum, count: a.count + b.count })

/** The mean; 0 of no samples. */
export const value = ({ count, sum }: Mean): number => (count === 0 ? 0 : sum / count)

/** Wilson's interval, where each number is 0 or 1. */
export const wilson = ({ count, sum }: Mean): Interval => wilsonInterval(sum, count)
