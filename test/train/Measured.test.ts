import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Measured from "../../src/train/Measured.js"
import * as Metrics from "../../src/train/Metrics.js"
import * as Machines from "../support/Machines.js"

const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 }))
/** A batch: its mean loss, and how many of how many are correct. */
const Batches = Schema.Array(
  Schema.Struct({
    loss: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 100 })),
    correct: Count,
    more: Count
  })
)

describe("totals over samples", () => {
  it.prop(
    "give the mean loss and the accuracy of the samples, a smaller batch counts by its size",
    [Batches],
    ([batches]) => {
      const none = Measured.start([Metrics.accuracy], { task: "classes", width: 2 })
      const measured = batches.reduce(
        (sum, { correct, loss, more }) => Measured.add(sum, loss, Machines.samples(correct + more, correct)),
        none
      )
      const { loss, metrics, total } = Measured.scores(measured)
      const sum = (of: (batch: (typeof batches)[number]) => number) =>
        batches.reduce((sum, batch) => sum + of(batch), 0)
      assert.strictEqual(
        total,
        sum(({ correct, more }) => correct + more)
      )
      assert.strictEqual(metrics.accuracy, total === 0 ? 0 : sum(({ correct }) => correct) / total)
      const mean = total === 0 ? 0 : sum(({ correct, loss, more }) => loss * (correct + more)) / total
      assert.closeTo(loss, mean, 1e-9)
      assert.deepStrictEqual(Measured.scores(Measured.cleared(measured)), Measured.scores(none))
    }
  )
})
