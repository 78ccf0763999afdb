import { assert } from "@effect/vitest"
import { Effect } from "effect"
import * as Metrics from "../../src/train/Metrics.js"
import * as Interval from "../../src/train/metrics/Interval.js"
import { golden, measure, samplesOf } from "../support/MetricCases.js"
import type { Row } from "./Row.js"

const tolerance = 1e-9

const values = golden.cases.flatMap((item) =>
  Object.entries(item.values).map(
    ([name, expected]): Row => ({
      name: `${name}, ${item.name}`,
      source: name === "calibration-error" ? `Guo et al. 2017, with ${golden.source}` : golden.source,
      reference: String(expected),
      tolerance: `${tolerance}`,
      check: Effect.sync(() => {
        const metric = Metrics.named(name) ?? assert.fail(`no metric ${name}`)
        assert.closeTo(measure(metric, samplesOf(item)), expected, tolerance * Math.max(1, Math.abs(expected)))
      })
    })
  )
)

const wilson = golden.wilson.map(
  ([successes, count, low, high]): Row => ({
    name: `Wilson interval, ${successes} of ${count}`,
    source: `${golden.source}: binomtest(...).proportion_ci(method="wilson")`,
    reference: `${low} to ${high}`,
    tolerance: "1e-12",
    check: Effect.sync(() => {
      const interval = Interval.wilson(successes, count)
      assert.closeTo(interval.low, low, 1e-12)
      assert.closeTo(interval.high, high, 1e-12)
    })
  })
)

const percentile: Row = {
  name: "percentile interval of 41 numbers",
  source: `${golden.source}: numpy.quantile`,
  reference: `${golden.quantiles.low} to ${golden.quantiles.high}`,
  tolerance: "1e-12",
  check: Effect.sync(() => {
    const { high, low } = Interval.percentile(golden.quantiles.values)
    assert.closeTo(low, golden.quantiles.low, 1e-12)
    assert.closeTo(high, golden.quantiles.high, 1e-12)
  })
}

export const rows: ReadonlyArray<Row> = [...values, ...wilson, percentile]
