import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Metrics from "../../src/train/Metrics.js"

const Loss = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 100 }))
const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 500 }))
/** A batch: its mean loss, and how many of how many are correct. */
const Batch = Schema.Struct({ loss: Loss, correct: Count, more: Count })
const Batches = Schema.Array(Batch)
const Cuts = Schema.Array(Count)

const ofBatch = ({ correct, loss, more }: typeof Batch.Type) => Metrics.ofBatch(loss, correct, correct + more)

const combineAll = (totals: ReadonlyArray<Metrics.Totals>) => totals.reduce(Metrics.combine, Metrics.empty)

/** Counts exactly, losses to the rounding of sums of doubles. */
const assertEqual = (actual: Metrics.Totals, expected: Metrics.Totals) => {
  assert.strictEqual(actual.correct, expected.correct)
  assert.strictEqual(actual.total, expected.total)
  assert.closeTo(actual.loss, expected.loss, 1e-12 * Math.max(1, expected.loss))
}

/** Cut into groups of the given lengths, the rest being one more. */
const grouped = <A>(items: ReadonlyArray<A>, lengths: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<A>> => {
  const [length, ...rest] = lengths
  return length === undefined ? [items] : [items.slice(0, length), ...grouped(items.slice(length), rest)]
}

describe("totals", () => {
  it.prop("combine associatively, and in any order", [Batch, Batch, Batch], (batches) => {
    const [a, b, c] = batches.map(ofBatch)
    if (a === undefined || b === undefined || c === undefined) return assert.fail("there are three")
    assertEqual(Metrics.combine(Metrics.combine(a, b), c), Metrics.combine(a, Metrics.combine(b, c)))
    assert.deepStrictEqual(Metrics.combine(a, b), Metrics.combine(b, a))
  })

  it.prop("have the empty ones as identity", [Batch], ([batch]) => {
    const totals = ofBatch(batch)
    for (const same of [Metrics.combine(totals, Metrics.empty), Metrics.combine(Metrics.empty, totals)]) {
      assertEqual(same, totals)
      assert.strictEqual(same.loss, totals.loss)
    }
  })

  it.prop("are the same for any grouping of the batches", [Batches, Cuts], ([batches, cuts]) => {
    const totals = batches.map(ofBatch)
    assertEqual(combineAll(grouped(totals, cuts).map(combineAll)), combineAll(totals))
  })

  it.prop("give the scores of the samples, however these are cut into batches", [Batches, Cuts], ([batches, cuts]) => {
    const samples = batches.map(({ correct, loss, more }) => ({ loss, isCorrect: correct > more }))
    const totals = grouped(samples, cuts).flatMap((batch) =>
      batch.length === 0
        ? []
        : [
            Metrics.ofBatch(
              batch.reduce((sum, { loss }) => sum + loss, 0) / batch.length,
              batch.filter(({ isCorrect }) => isCorrect).length,
              batch.length
            )
          ]
    )
    const { accuracy, correct, loss, total } = Metrics.scores(combineAll(totals))
    assert.strictEqual(total, samples.length)
    assert.strictEqual(correct, samples.filter(({ isCorrect }) => isCorrect).length)
    assert.strictEqual(accuracy, total === 0 ? 0 : (correct ?? 0) / total)
    const mean = total === 0 ? 0 : samples.reduce((sum, { loss }) => sum + loss, 0) / total
    assert.closeTo(loss, mean, 1e-12 * Math.max(1, mean))
  })
})
