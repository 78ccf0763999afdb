import { Schema } from "effect"
import * as Random from "../../internal/Random.js"
import * as Samples from "./Samples.js"

/**
 * A 95 % confidence interval.
 *
 * @category models
 */
export const Interval = Schema.Struct({ low: Schema.Number, high: Schema.Number })
export type Interval = typeof Interval.Type

/** The 0.975 quantile of the standard normal distribution. */
const z = 1.959963984540054

/**
 * The interval of a proportion of `successes` among `count` independent samples; 0 to 1 of no samples.
 *
 * **Source** Wilson 1927; equal to `proportion_ci(method="wilson")` of SciPy's `binomtest`.
 *
 * @example
 * ```ts
 * import { Interval } from "effect-tensorflow/train"
 *
 * const { high, low } = Interval.wilson(90, 100)
 * low.toFixed(4) // => "0.8256"
 * high.toFixed(4) // => "0.9448"
 * ```
 *
 * @category intervals
 */
export const wilson = (successes: number, count: number): Interval => {
  if (count === 0) return { low: 0, high: 1 }
  const p = successes / count
  const middle = p + z ** 2 / (2 * count)
  const half = z * Math.sqrt((p * (1 - p)) / count + z ** 2 / (4 * count ** 2))
  const scale = 1 + z ** 2 / count
  return {
    low: successes === 0 ? 0 : (middle - half) / scale,
    high: successes === count ? 1 : (middle + half) / scale
  }
}

/**
 * How many resamples the bootstrap draws.
 *
 * @category intervals
 */
export const resamples = 1000

/**
 * How many of them are for metrics whose totals are all samples, which take the longest.
 *
 * @category intervals
 */
export const fewResamples = 200

/**
 * The `r`-th resample of a set: as many samples, drawn with replacement. It is a function of the seed and `r` alone.
 *
 * @category intervals
 */
export const resample = (samples: Samples.Samples, seed: number, r: number): Samples.Samples => {
  const { uint32 } = Random.make(seed, "bootstrap", r)
  const indices = new Int32Array(samples.count)
  // Not `below`, which is exact but ten times as slow: the bias, below count / 2^32, changes nothing here.
  for (let i = 0; i < indices.length; i++) indices[i] = Math.floor((uint32() / 4294967296) * samples.count)
  return Samples.take(samples, indices)
}

/**
 * The percentile bootstrap interval from the values of a metric over the resamples: their 0.025 and 0.975 quantiles, between two values in proportion. Values that are
 * not numbers are left out.
 *
 * **Source** Efron 1979; quantiles as NumPy's `quantile`.
 *
 * @category intervals
 */
export const percentile = (values: ReadonlyArray<number>): Interval => {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
}

const quantile = (sorted: ReadonlyArray<number>, q: number): number => {
  const at = q * (sorted.length - 1)
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}
