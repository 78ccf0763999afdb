import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as SeedsTable from "../../../src/services/report/SeedsTable.js"
import * as Spread from "../../../src/services/report/Spread.js"

const Golden = Schema.Struct({
  quantiles: Schema.Record(Schema.String, Schema.Number),
  samples: Schema.Array(
    Schema.Struct({
      values: Schema.Array(Schema.Number),
      mean: Schema.Number,
      deviation: Schema.Number,
      interval: Schema.Tuple([Schema.Number, Schema.Number])
    })
  )
})
const { quantiles, samples } = Schema.decodeUnknownSync(Schema.fromJsonString(Golden))(
  readFileSync("test/golden/spread.json", "utf8")
)

describe("a spread", () => {
  it("uses the quantiles of Student's t of scipy", () => {
    for (const [freedom, quantile] of Object.entries(quantiles)) {
      assert.closeTo(Spread.quantile(Number(freedom)), quantile, 1e-9, `${freedom} degrees of freedom`)
    }
  })

  it("has the mean, deviation and interval of numpy and scipy", () => {
    for (const { deviation, interval, mean, values } of samples) {
      const ours = Spread.of(values)
      assert.closeTo(ours.mean, mean, 1e-12)
      assert.closeTo(ours.deviation ?? Number.NaN, deviation, 1e-12)
      assert.closeTo(ours.interval?.[0] ?? Number.NaN, interval[0], 1e-12)
      assert.closeTo(ours.interval?.[1] ?? Number.NaN, interval[1], 1e-12)
    }
  })

  it("of one run is its value alone", () => {
    assert.deepStrictEqual(Spread.of([0.5]), { n: 1, mean: 0.5, deviation: null, interval: null })
  })
})

describe("the table of several seeds", () => {
  it("has each seed, and what the numbers are", () => {
    const accuracies = [0.9312, 0.9345]
    const runs = accuracies.map((accuracy, seed) => ({
      seed,
      scores: { "test/loss": 0.25, "test/accuracy": accuracy }
    }))
    const spreads = { "test/loss": Spread.of([0.25, 0.25]), "test/accuracy": Spread.of(accuracies) }
    assert.strictEqual(
      SeedsTable.render({ runs, spreads }),
      `seed  test loss  test accuracy
   0     0.2500         93.12%
   1     0.2500         93.45%

test loss: mean 0.2500, deviation 0.0000, 95 % interval 0.2500 to 0.2500 (n = 2)
test accuracy: mean 93.28%, deviation 0.23%, 95 % interval 91.19% to 95.38% (n = 2)
the deviation is that of the sample (n - 1), the interval that of the mean by Student's t
`
    )
  })
})
