import { readFileSync } from "node:fs"
import { Schema } from "effect"
import type { Metric } from "../../src/train/Metric.js"
import * as Samples from "../../src/train/metrics/Samples.js"

const Numbers = Schema.Array(Schema.Number)

const Golden = Schema.Struct({
  source: Schema.String,
  cases: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      task: Schema.Literals(["classes", "multiple", "values"]),
      width: Schema.Int,
      outputs: Numbers,
      targets: Numbers,
      values: Schema.Record(Schema.String, Schema.Number),
      confusion: Schema.optionalKey(Schema.Array(Schema.Array(Schema.Int)))
    })
  ),
  wilson: Schema.Array(Schema.Tuple([Schema.Int, Schema.Int, Schema.Number, Schema.Number])),
  quantiles: Schema.Struct({ values: Numbers, low: Schema.Number, high: Schema.Number })
})

/** What scikit-learn and SciPy say. */
export const golden = Schema.decodeUnknownSync(Schema.fromJsonString(Golden))(
  readFileSync(new URL("../golden/metrics.json", import.meta.url), "utf8")
)

export type Case = (typeof golden.cases)[number]

export const samplesOf = ({ outputs, targets, task, width }: Case): Samples.Samples =>
  Samples.make({ task, width, outputs: Float32Array.from(outputs), targets: Float32Array.from(targets) })

/** The samples in batches of so many. */
export const batches = (samples: Samples.Samples, size: number): ReadonlyArray<Samples.Samples> =>
  Array.from({ length: Math.ceil(samples.count / size) }, (_, i) => {
    const [start, end] = [i * size * samples.width, (i + 1) * size * samples.width]
    const { task, width } = samples
    return Samples.make({
      task,
      width,
      outputs: samples.outputs.slice(start, end),
      targets: samples.targets.slice(start, end)
    })
  })

/** The value of a metric over samples that come in batches of so many. */
export const measure = (metric: Metric, samples: Samples.Samples, size = 37): number =>
  batches(samples, size).reduce((total, batch) => total.add(batch), metric.start(samples)).value
