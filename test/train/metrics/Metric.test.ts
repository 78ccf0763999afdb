import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import type * as Metric from "../../../src/train/Metric.js"
import * as Metrics from "../../../src/train/Metrics.js"
import { confusion } from "../../../src/train/metrics/Confusion.js"
import * as Interval from "../../../src/train/metrics/Interval.js"
import * as PerClass from "../../../src/train/metrics/PerClass.js"
import * as Probability from "../../../src/train/metrics/Probability.js"
import * as Ranking from "../../../src/train/metrics/Ranking.js"
import * as Regression from "../../../src/train/metrics/Regression.js"
import * as Samples from "../../../src/train/metrics/Samples.js"
import * as MetricCases from "../../support/MetricCases.js"

const { golden, measure, samplesOf } = MetricCases

const width = 3
const Logit = Schema.Int.check(Schema.isBetween({ minimum: -4, maximum: 4 }))
/** The class of a sample and its logits. */
const Row = Schema.Struct({
  label: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: width - 1 })),
  outputs: Schema.Tuple([Logit, Logit, Logit])
})
const Batch = Schema.Array(Row)

const batchOf =
  (task: "classes" | "values") =>
  (rows: typeof Batch.Type): Samples.Samples =>
    Samples.make({
      task,
      width,
      outputs: Float32Array.from(rows.flatMap(({ outputs }) => outputs)),
      targets: Float32Array.from(rows.flatMap(({ label }) => [0, 1, 2].map((c) => (c === label ? 1 : 0))))
    })

/** Equal but for the rounding of sums. */
const assertAlike = (a: unknown, b: unknown): void => {
  if (typeof a === "number" && typeof b === "number") {
    assert.closeTo(a, b, 1e-9)
  } else if (typeof a === "object" && a !== null && typeof b === "object" && b !== null) {
    assert.deepStrictEqual(Object.keys(a), Object.keys(b))
    Object.values(a).forEach((value, i) => {
      assertAlike(value, Object.values(b)[i])
    })
  } else assert.deepStrictEqual(a, b)
}

const laws = <S>(
  name: string,
  task: "classes" | "values",
  { combine, empty, ofBatch }: Metric.Totals<S>,
  seen: (s: S) => unknown = (s) => s
) => {
  it.prop(`${name} combine associatively, with the empty ones as identity`, [Batch, Batch, Batch], (batches) => {
    const [a, b, c] = batches.map((rows) => ofBatch(batchOf(task)(rows)))
    if (a === undefined || b === undefined || c === undefined) return assert.fail("there are three")
    assertAlike(seen(combine(combine(a, b), c)), seen(combine(a, combine(b, c))))
    const none = empty({ task, width })
    assertAlike(seen(combine(a, none)), seen(a))
    assertAlike(seen(combine(none, a)), seen(a))
  })
}

describe("totals", () => {
  laws("confusion matrices", "classes", confusion)
  laws("counts of each class", "classes", PerClass.totals)
  laws("bins of confidence", "classes", Probability.totals)
  laws("spreads", "values", Regression.totals)
  laws("all samples", "classes", Ranking.totals, (batches) => Array.from(Samples.concat(batches).outputs))
})

describe("a metric", () => {
  it.each(golden.cases.map((item) => [item.name, item] as const))("is the same in any batches: %s", (_, item) => {
    const samples = samplesOf(item)
    for (const name of Object.keys(item.values)) {
      const metric = Metrics.named(name) ?? assert.fail(name)
      assert.closeTo(measure(metric, samples, 1), measure(metric, samples, samples.count), 1e-9)
    }
  })

  it.each(golden.cases.map((item) => [item.name, item] as const))("continues from its state as JSON: %s", (_, item) => {
    const samples = samplesOf(item)
    const [first, ...rest] = MetricCases.batches(samples, 20)
    for (const name of Object.keys(item.values)) {
      const metric = Metrics.named(name) ?? assert.fail(name)
      const begun = metric.start(samples).add(first ?? assert.fail("no batch"))
      assert.strictEqual(begun.state !== undefined, metric.streams)
      if (!metric.streams) continue
      const restored = Result.getOrThrow(metric.restore(samples, JSON.parse(JSON.stringify(begun.state))))
      const value = (total: Metric.Total) => rest.reduce((sum, batch) => sum.add(batch), total).value
      assert.strictEqual(value(restored), value(begun))
      assert.isTrue(Result.isFailure(metric.restore(samples, "no state")))
    }
  })

  it("of no samples is a number or NaN, never an error", () => {
    for (const task of ["classes", "multiple", "values"] as const) {
      for (const metric of Metrics.ofTask(task)) assert.isNumber(metric.start({ task, width: 2 }).value)
    }
    assert.isNaN(Metrics.auc.start({ task: "classes", width: 2 }).value)
    assert.isNaN(Metrics.r2.start({ task: "values", width: 1 }).value)
  })

  it("has a name by which it is found", () => {
    assert.strictEqual(Metrics.named("top-5")?.name, "top-5")
    assert.isUndefined(Metrics.named("top-0"))
    assert.isUndefined(Metrics.named("F1"))
  })

  it("counts a confusion matrix as scikit-learn does", () => {
    for (const item of golden.cases) {
      if (item.confusion !== undefined) assert.deepStrictEqual(confusion.ofBatch(samplesOf(item)), item.confusion)
    }
  })

  it("top-1 is accuracy where outputs are equal", () => {
    for (const item of golden.cases.filter(({ task }) => task === "classes")) {
      assert.strictEqual(measure(Metrics.topK(1), samplesOf(item)), measure(Metrics.accuracy, samplesOf(item)))
    }
  })
})

describe("a resample", () => {
  const [item] = golden.cases
  const samples = samplesOf(item ?? assert.fail("no case"))

  it("is what the same samples are when given again", () => {
    const taken = Interval.resample(samples, 7, 3)
    const { outputs, targets, task, width } = taken
    const again = Samples.make({ task, width, outputs, targets })
    for (const name of Object.keys(item?.values ?? {})) {
      const metric = Metrics.named(name) ?? assert.fail(name)
      assert.strictEqual(measure(metric, taken, taken.count), measure(metric, again, again.count))
      assert.closeTo(metric.start(taken).add(taken).value, metric.start(again).add(again).value, 1e-12)
    }
  })

  it("is a function of the seed and its number", () => {
    const values = (seed: number, r: number) => Array.from(Interval.resample(samples, seed, r).outputs)
    assert.deepStrictEqual(values(1, 2), values(1, 2))
    assert.notDeepEqual(values(1, 2), values(1, 3))
    assert.notDeepEqual(values(1, 2), values(2, 2))
  })

  it("gives an interval of accuracy close to Wilson's", () => {
    const total = Metrics.accuracy.start(samples).add(samples)
    const values = Array.from({ length: Interval.resamples }, (_, r) => {
      const taken = Interval.resample(samples, 0, r)
      return Metrics.accuracy.start(taken).add(taken).value
    })
    const bootstrap = Interval.percentile(values)
    assert.closeTo(bootstrap.low, total.interval?.low ?? Number.NaN, 0.015)
    assert.closeTo(bootstrap.high, total.interval?.high ?? Number.NaN, 0.015)
  })
})
