import { Result, Schema } from "effect"
import type { Metric, Shape, Total } from "./Metric.js"
import type { Samples } from "./metrics/Samples.js"
import { guard } from "./TrainError.js"
import type { Scores } from "./TrainEvent.js"

/**
 * Totals over samples, from which `scores` are computed: the sum of the losses, the number of samples, and the total of each metric by its name.
 *
 * @category models
 */
export interface Measured {
  readonly loss: number
  readonly total: number
  readonly metrics: Readonly<Record<string, Total>>
}

/**
 * The totals as JSON, for a checkpoint.
 *
 * @category models
 */
export const MeasuredState = Schema.Struct({
  loss: Schema.Number,
  total: Schema.Int,
  metrics: Schema.Record(Schema.String, Schema.Json)
})
export type MeasuredState = typeof MeasuredState.Type

const mapTotals = <A>(totals: Measured["metrics"], f: (total: Total, name: string) => A): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(totals).map(([name, total]) => [name, f(total, name)]))

/**
 * The totals of no samples.
 *
 * @category constructors
 */
export const start = (metrics: ReadonlyArray<Metric>, shape: Shape): Measured => ({
  loss: 0,
  total: 0,
  metrics: Object.fromEntries(metrics.map((metric) => [metric.name, guard("metric", () => metric.start(shape))]))
})

/**
 * The totals with a batch whose mean loss is `meanLoss`; a smaller batch counts by its size.
 *
 * **Errors** throws a `PartError` when a metric throws.
 *
 * @category combinators
 */
export const add = ({ loss, metrics, total }: Measured, meanLoss: number, samples: Samples): Measured => ({
  loss: loss + meanLoss * samples.count,
  total: total + samples.count,
  metrics: mapTotals(metrics, (sum) => guard("metric", () => sum.add(samples)))
})

/**
 * The totals of the same metrics over no samples.
 *
 * @category combinators
 */
export const cleared = ({ metrics }: Measured): Measured => ({
  loss: 0,
  total: 0,
  metrics: mapTotals(metrics, ({ cleared }) => cleared())
})

/**
 * Mean loss and the value of each metric.
 *
 * **Errors** throws a `PartError` when a metric throws.
 *
 * @category accessors
 */
export const scores = ({ loss, metrics, total }: Measured): Scores => ({
  loss: total === 0 ? 0 : loss / total,
  total,
  metrics: mapTotals(metrics, (sum) => guard("metric", () => sum.value))
})

/**
 * The totals as JSON.
 *
 * @category encoding
 */
export const encode = ({ loss, metrics, total }: Measured): MeasuredState => ({
  loss,
  total,
  metrics: mapTotals(metrics, ({ state }) => state ?? null)
})

/**
 * The totals of the metrics of a plan with their states from a checkpoint.
 *
 * @category decoding
 */
export const decode = (
  metrics: ReadonlyArray<Metric>,
  shape: Shape,
  state: MeasuredState
): Result.Result<Measured, string> =>
  Result.gen(function* () {
    const totals: Record<string, Total> = {}
    for (const metric of metrics) {
      totals[metric.name] = yield* Result.mapError(
        metric.restore(shape, state.metrics[metric.name]),
        (reason) => `the metric "${metric.name}" cannot read its state: ${reason}`
      )
    }
    return { loss: state.loss, total: state.total, metrics: totals }
  })
