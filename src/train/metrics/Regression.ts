import { Schema } from "effect"
import { type Metric, make, perSample, type Totals } from "../Metric.js"
import type { Samples } from "./Samples.js"

const meanOver =
  (f: (error: number) => number) =>
  ({ outputs, targets, width }: Samples, i: number): number => {
    let sum = 0
    for (let k = i * width; k < (i + 1) * width; k++) sum += f(outputs[k]! - targets[k]!)
    return sum / width
  }

/**
 * Mean absolute error, over all outputs of all samples.
 *
 * **Source** scikit-learn's `mean_absolute_error`.
 *
 * @category metrics of values
 */
export const mae: Metric = perSample({ name: "mae", tasks: ["values"], goal: "min", of: meanOver(Math.abs) })

/**
 * Root of the mean squared error, over all outputs of all samples.
 *
 * **Source** the root of scikit-learn's `mean_squared_error`.
 *
 * @category metrics of values
 */
export const rmse: Metric = perSample({
  name: "rmse",
  tasks: ["values"],
  goal: "min",
  of: meanOver((error) => error ** 2),
  finish: Math.sqrt
})

/** Of one output: the number of samples, the mean of the targets, the sum of their squared distances from it, and that of the squared errors. */
const Spread = Schema.Struct({
  count: Schema.Int,
  mean: Schema.Number,
  squares: Schema.Number,
  errors: Schema.Number
})
type Spread = typeof Spread.Type

const none: Spread = { count: 0, mean: 0, squares: 0, errors: 0 }

/** Chan, Golub and LeVeque's rule, which loses no digits where the mean is large. */
const join = (a: Spread, b: Spread): Spread => {
  if (a.count === 0) return b
  if (b.count === 0) return a
  const count = a.count + b.count
  const apart = b.mean - a.mean
  return {
    count,
    mean: a.mean + (apart * b.count) / count,
    squares: a.squares + b.squares + (apart ** 2 * a.count * b.count) / count,
    errors: a.errors + b.errors
  }
}

/** The spreads of the samples of both, output by output. */
export const totals: Totals<ReadonlyArray<Spread>> = {
  empty: ({ width }) => Array.from({ length: width }, () => none),
  ofBatch: ({ count, outputs, targets, width }) =>
    Array.from({ length: width }, (_, k) => {
      let sum = 0
      for (let i = 0; i < count; i++) sum += targets[i * width + k]!
      const mean = count === 0 ? 0 : sum / count
      let squares = 0
      let errors = 0
      for (let i = 0; i < count; i++) {
        const target = targets[i * width + k]!
        squares += (target - mean) ** 2
        errors += (target - outputs[i * width + k]!) ** 2
      }
      return { count, mean, squares, errors }
    }),
  combine: (a, b) => a.map((spread, k) => join(spread, b[k] ?? none))
}

/**
 * Coefficient of determination: 1 less the squared error over the variance of the targets, the mean over the outputs. It is 1 for a perfect network, 0 for one that
 * always gives the mean, and may be negative. Where the targets of an output are all equal it is 1 if they are met and else 0; NaN of fewer than two samples.
 *
 * **Source** scikit-learn's `r2_score`.
 *
 * @category metrics of values
 */
export const r2: Metric = make({
  name: "r2",
  tasks: ["values"],
  goal: "max",
  totals,
  value: (spreads) =>
    (spreads[0]?.count ?? 0) < 2
      ? Number.NaN
      : spreads.reduce((sum, spread) => sum + explained(spread), 0) / spreads.length,
  state: Schema.Array(Spread)
})

const explained = ({ errors, squares }: Spread): number => (squares > 0 ? 1 - errors / squares : errors === 0 ? 1 : 0)
