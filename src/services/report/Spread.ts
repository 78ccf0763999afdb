/**
 * The spread of a number over runs: `deviation` is that of the sample (n - 1), `interval` the 95 % confidence interval of the mean by Student's t. Of one run both are `null`.
 *
 * @category models
 */
export interface Spread {
  readonly n: number
  readonly mean: number
  readonly deviation: number | null
  readonly interval: readonly [low: number, high: number] | null
}

/**
 * The probability that Student's t with `freedom` degrees of freedom lies between -t and t.
 *
 * **Source** Abramowitz and Stegun 1964, 26.7.3 and 26.7.4.
 */
const between = (t: number, freedom: number): number => {
  const angle = Math.atan(t / Math.sqrt(freedom))
  const square = Math.cos(angle) ** 2
  const odd = freedom % 2 === 1
  let term = odd ? Math.cos(angle) : 1
  let sum = 0
  for (let k = odd ? 1 : 0; k <= freedom - 2; k += 2) {
    sum += term
    term *= ((k + 1) / (k + 2)) * square
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum
}

/**
 * The quantile of Student's t beyond which, on both sides together, 5 % lie.
 *
 * @category accessors
 */
export const quantile = (freedom: number): number => {
  let low = 0
  let high = 16
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (between(middle, freedom) < 0.95) low = middle
    else high = middle
  }
  return high
}

/**
 * The spread of numbers.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Spread } from "effect-tensorflow/services"
 *
 * const { deviation, mean } = Spread.of([0.9, 0.92, 0.94])
 * Math.round(mean * 1000) // => 920
 * Math.round((deviation ?? 0) * 1000) // => 20
 * ```
 */
export const of = (values: ReadonlyArray<number>): Spread => {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  if (n < 2) return { n, mean, deviation: null, interval: null }
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1))
  const half = (quantile(n - 1) * deviation) / Math.sqrt(n)
  return { n, mean, deviation, interval: [mean - half, mean + half] }
}
