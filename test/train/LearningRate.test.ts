import { assert, describe, it } from "@effect/vitest"
import { Option, Result, Schema } from "effect"
import * as LearningRate from "../../src/train/LearningRate.js"
import { Rate, schedule } from "../../src/train/recipe/Rate.js"

const rateOf = (rate: typeof Rate.Encoded, steps: LearningRate.Steps) =>
  schedule(Schema.decodeSync(Rate)(rate)).at(steps)

// The values that PyTorch has too are in test/contract/schedules.ts.
describe("rates", () => {
  it("are constant", () => {
    assert.deepStrictEqual([0, 1, 1000].map(LearningRate.constant(0.5)), [0.5, 0.5, 0.5])
  })

  it("end a cycle exactly at its final factor", () => {
    const rate = LearningRate.oneCycle({ peak: 2, totalSteps: 10, finalFactor: 0.01 })
    assert.closeTo(rate(9), 0.02, 1e-12)
  })

  it("are not a number where cycles become ever shorter, which ends the run with an error and not in a loop", () => {
    const rate = LearningRate.cosineRestarts({ rate: 1, cycleSteps: 2, cycleFactor: 0.5 })
    assert.isNaN(rate(10))
  })
})

describe("warmup", () => {
  it("rises in equal parts to the initial value of what follows", () => {
    const rate = LearningRate.warmup(4, LearningRate.cosine({ rate: 1, totalSteps: 10 }))
    assert.deepStrictEqual([0, 1, 2, 3, 4].map(rate), [0.25, 0.5, 0.75, 1, 1])
    assert.closeTo(rate(9), 0.5, 1e-12)
  })

  it("of no steps is the rate itself", () => {
    const rate = LearningRate.polynomial({ rate: 1, totalSteps: 10 })
    assert.deepStrictEqual([0, 5, 10].map(LearningRate.warmup(0, rate)), [1, 0.5, 0])
  })
})

describe("sequence", () => {
  const { constant, sequence } = LearningRate

  it("of one part is its rate, for ever", () => {
    assert.deepStrictEqual([0, 5, 50].map(sequence([{ rate: (step) => step, steps: 10 }])), [0, 5, 50])
  })

  it("leaves out a part of no steps", () => {
    const rate = sequence([
      { rate: constant(1), steps: 2 },
      { rate: constant(2), steps: 0 },
      { rate: constant(3), steps: 1 }
    ])
    assert.deepStrictEqual([0, 1, 2, 3].map(rate), [1, 1, 3, 3])
  })
})

describe("the rate of a recipe", () => {
  it("counts milestones from the begin of the run, also after a warm-up", () => {
    const rate = rateOf({ kind: "multiStep", rate: 1, milestones: [3], warmupEpochs: 1 }, { perEpoch: 10, total: 50 })
    assert.deepStrictEqual([0, 9, 29, 30].map(rate), [0.1, 1, 1, 0.1])
  })

  it("ends with the run, with a warm-up or without", () => {
    for (const warmupEpochs of [0, 2.5]) {
      const rate = rateOf({ kind: "polynomial", rate: 1, warmupEpochs }, { perEpoch: 10, total: 50 })
      assert.strictEqual(rate(50), 0)
      assert.strictEqual(rate(Math.round(10 * warmupEpochs)), 1)
    }
  })

  it("warms up at every step, though it changes only between epochs later", () => {
    const rate = rateOf(
      { kind: "exponential", rate: 1, factor: 0.5, every: "epoch", warmupEpochs: 1 },
      { perEpoch: 4, total: 16 }
    )
    assert.deepStrictEqual([0, 1, 2, 3, 4, 7, 8, 12].map(rate), [0.25, 0.5, 0.75, 1, 1, 1, 0.5, 0.25])
  })

  it("may have a warm-up in each part of a sequence", () => {
    const rate = rateOf(
      {
        kind: "sequence",
        parts: [
          { epochs: 1, rate: { kind: "constant", rate: 1, warmupEpochs: 0.5 } },
          { rate: { kind: "polynomial", rate: 2 } }
        ]
      },
      { perEpoch: 4, total: 8 }
    )
    assert.deepStrictEqual([0, 1, 2, 3, 4, 6].map(rate), [0.5, 1, 1, 1, 2, 1])
  })

  it("is refused where a part of a sequence has no length, or the last has one", () => {
    const part = { rate: { kind: "constant" } }
    const refused = (parts: ReadonlyArray<unknown>) =>
      Result.isFailure(Schema.decodeUnknownResult(Rate)({ kind: "sequence", parts }))
    assert.isTrue(refused([]))
    assert.isTrue(refused([part, part]))
    assert.isTrue(refused([{ ...part, epochs: 1 }]))
    assert.isFalse(refused([{ ...part, epochs: 1 }, part]))
  })

  it("is data that a checkpoint records", () => {
    const decoded = Option.getOrThrow(Schema.decodeUnknownOption(Rate)({ kind: "cosine" }))
    assert.deepStrictEqual(schedule(decoded).spec, {
      kind: "cosine",
      rate: 0.01,
      final: 0,
      warmupEpochs: 0,
      every: "step"
    })
  })
})
