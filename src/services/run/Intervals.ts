import { Effect } from "effect"
import type * as Measured from "../../train/Measured.js"
import type { Metric } from "../../train/Metric.js"
import * as Interval from "../../train/metrics/Interval.js"
import * as Samples from "../../train/metrics/Samples.js"
import { guard, type PartError, type TensorLeakError } from "../../train/TrainError.js"
import type { BackendError } from "../native/BackendError.js"
import { attempt } from "./Attempt.js"

/** The intervals of those metrics that have one without a bootstrap: proportions. */
export const known = ({ metrics }: Measured.Measured): Readonly<Record<string, Interval.Interval>> =>
  Object.fromEntries(
    Object.entries(metrics).flatMap(([name, { interval }]) => (interval === undefined ? [] : [[name, interval]]))
  )

/** The most outputs, of all images, that a metric of all samples is computed of again and again: more would take minutes. */
const maxSorted = 200_000

/** The metrics that have an interval only by a bootstrap, for `outputs` numbers in all. */
export const missing = (
  metrics: ReadonlyArray<Metric>,
  measured: Measured.Measured,
  outputs: number
): ReadonlyArray<Metric> =>
  metrics.filter(
    ({ name, streams }) => measured.metrics[name]?.interval === undefined && (streams || outputs <= maxSorted)
  )

/** Bootstrap intervals of metrics: of all, the same resamples. Other fibers run between two of them. */
export const bootstrap = (
  metrics: ReadonlyArray<Metric>,
  batches: ReadonlyArray<Samples.Samples>,
  seed: number
): Effect.Effect<Readonly<Record<string, Interval.Interval>>, PartError | TensorLeakError | BackendError> =>
  Effect.gen(function* () {
    const samples = Samples.concat(batches)
    const values = new Map(metrics.map(({ name }) => [name, [] as number[]]))
    for (let r = 0; r < Interval.resamples; r++) {
      yield* attempt(() => {
        const resample = Interval.resample(samples, seed, r)
        for (const { name, start, streams } of metrics) {
          if (!streams && r >= Interval.fewResamples) continue
          values.get(name)?.push(guard("metric", () => start(samples).add(resample).value))
        }
      })
      yield* Effect.yieldNow
    }
    return Object.fromEntries([...values].map(([name, values]) => [name, Interval.percentile(values)]))
  })
