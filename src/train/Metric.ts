import { Result, Schema } from "effect"
import type { Task } from "../data/Targets.js"
import type { Detail } from "./metrics/Detail.js"
import type { Interval } from "./metrics/Interval.js"
import * as Mean from "./metrics/Mean.js"
import type { Samples } from "./metrics/Samples.js"

/**
 * What is measured: the task, and the number of outputs of a sample.
 *
 * @category models
 */
export interface Shape {
  readonly task: Task
  readonly width: number
}

/**
 * Totals over samples, of any type `S`. `combine` is associative and `empty` changes nothing, so that batches may come in any grouping.
 *
 * @category models
 */
export interface Totals<S> {
  readonly empty: (shape: Shape) => S
  readonly ofBatch: (samples: Samples) => S
  readonly combine: (a: S, b: S) => S
}

/**
 * The totals of a metric over the samples so far, whatever their type.
 *
 * @category models
 */
export interface Total {
  readonly add: (samples: Samples) => Total
  /** The total of no samples. */
  readonly cleared: () => Total
  readonly value: number
  /** The interval of a proportion; for other metrics, `undefined`: theirs is found by `Interval.bootstrap`. */
  readonly interval: Interval | undefined
  readonly detail: Detail | undefined
  /** The totals as JSON, for a checkpoint; `undefined` if they are too large for one. */
  readonly state: Schema.Json | undefined
}

/**
 * A number that says how good the outputs of a network are.
 *
 * @category models
 */
export interface Metric {
  /** How scores, logs and policies call it; not `loss`, and without a slash, since `validation/f1-macro` is that of a set. */
  readonly name: string
  /** Its options, which a checkpoint records and a resume compares. */
  readonly options: Schema.Json
  readonly tasks: ReadonlyArray<Task>
  /** Whether a good network has a large value or a small one. */
  readonly goal: "max" | "min"
  /** A fraction is shown as per cent. */
  readonly unit: "fraction" | "number"
  /** Whether its totals are small enough for a checkpoint. Only such metrics are computed over the steps of an epoch. */
  readonly streams: boolean
  readonly start: (shape: Shape) => Total
  /** The total with a state from a checkpoint. */
  readonly restore: (shape: Shape, state: unknown) => Result.Result<Total, string>
}

/**
 * A metric from totals over samples and a function of them.
 *
 * With a `state`, a codec of the totals to JSON, it is computed over the steps of an epoch too: leave it out where the totals grow with the samples.
 *
 * @category constructors
 */
export const make = <S>(metric: {
  readonly name: string
  readonly options?: Schema.Json
  readonly tasks: ReadonlyArray<Task>
  readonly goal: "max" | "min"
  readonly unit?: "fraction" | "number"
  readonly totals: Totals<S>
  readonly value: (total: S, shape: Shape) => number
  readonly interval?: (total: S) => Interval
  readonly detail?: (total: S) => Detail
  readonly state?: Schema.Codec<S, Schema.Json>
}): Metric => {
  const { detail, goal, interval, name, options = null, tasks, totals, unit = "number", value } = metric
  const codec = metric.state === undefined ? undefined : Schema.toCodecJson(metric.state)
  const total = (shape: Shape, sum: S): Total => ({
    add: (samples) => total(shape, totals.combine(sum, totals.ofBatch(samples))),
    cleared: () => total(shape, totals.empty(shape)),
    get value() {
      return value(sum, shape)
    },
    get interval() {
      return interval?.(sum)
    },
    get detail() {
      return detail?.(sum)
    },
    get state() {
      return codec === undefined ? undefined : Schema.encodeSync(codec)(sum)
    }
  })
  return {
    name,
    options,
    tasks,
    goal,
    unit,
    streams: codec !== undefined,
    start: (shape) => total(shape, totals.empty(shape)),
    restore: (shape, state) =>
      codec === undefined
        ? Result.fail("its totals are not saved")
        : Schema.decodeUnknownResult(codec)(state).pipe(
            Result.mapBoth({ onSuccess: (sum) => total(shape, sum), onFailure: ({ message }) => message })
          )
  }
}

/**
 * A metric that is the mean of a number of each sample; `of` gives that of sample `i`.
 *
 * With the unit `fraction` (default `number`) it is shown as per cent. A number that is 0 or 1 makes it a `proportion`, whose interval is Wilson's.
 * `finish` is applied to the mean.
 *
 * @example
 * ```ts
 * import { Metric, Samples } from "effect-tensorflow/train"
 *
 * // How often the network is sure, right or wrong.
 * const sure = Metric.perSample({
 *   name: "sure",
 *   tasks: ["classes"],
 *   goal: "max",
 *   proportion: true,
 *   of: ({ confidence }, i) => (confidence[i]! > 0.9 ? 1 : 0)
 * })
 * const samples = Samples.make({
 *   task: "classes",
 *   width: 2,
 *   outputs: Float32Array.of(4, 0, 0, 1),
 *   targets: Float32Array.of(1, 0, 0, 1)
 * })
 * sure.start(samples).add(samples).value // => 0.5
 * ```
 *
 * @category constructors
 */
export const perSample = (metric: {
  readonly name: string
  readonly options?: Schema.Json
  readonly tasks: ReadonlyArray<Task>
  readonly goal: "max" | "min"
  readonly unit?: "fraction" | "number"
  readonly proportion?: boolean
  readonly of: (samples: Samples, i: number) => number
  readonly finish?: (mean: number) => number
}): Metric => {
  const { finish = (mean) => mean, of, proportion = false, unit = proportion ? "fraction" : "number", ...rest } = metric
  return make({
    ...rest,
    unit,
    totals: { empty: () => Mean.empty, ofBatch: Mean.ofBatch(of), combine: Mean.combine },
    value: (total) => finish(Mean.value(total)),
    ...(proportion ? { interval: Mean.wilson } : {}),
    state: Mean.Mean
  })
}
