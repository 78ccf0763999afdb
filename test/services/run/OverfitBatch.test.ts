import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Augment from "../../../src/data/Augment.js"
import * as OverfitBatch from "../../../src/services/run/OverfitBatch.js"
import * as LearningRate from "../../../src/train/LearningRate.js"
import * as Loss from "../../../src/train/Loss.js"
import * as Plan from "../../../src/train/Plan.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import * as Plans from "../../support/Plans.js"
import * as Runs from "../../support/Runs.js"

const plan = Plans.small.pipe(Plan.rate(() => LearningRate.constant(0.05)))

describe("training on one batch", () => {
  it.effect("learns it by heart, and stops when it has", () =>
    Effect.gen(function* () {
      const result = yield* OverfitBatch.overfit(plan)
      assert.isTrue(result.passed)
      assert.strictEqual(result.images, 8)
      assert.closeTo(result.firstLoss, Math.log(3), 0.3)
      assert.isAtMost(result.lastLoss, 0.1 * Math.log(3))
      assert.isBelow(result.steps, 200)
    }).pipe(assertNoLeak, Runs.fresh)
  )

  it.effect("is the same with augmentation, mixing, label smoothing, and a rate that falls to 0", () =>
    Effect.gen(function* () {
      const falling = plan.pipe(
        Plan.augment([Augment.flip, Augment.crop(4)]),
        Plan.mix({ mixup: 0.8 }),
        Plan.loss(Loss.crossEntropy({ labelSmoothing: 0.1 })),
        Plan.rate(({ total }) => LearningRate.cosine({ rate: 0.05, totalSteps: total }))
      )
      const result = yield* OverfitBatch.overfit(falling, { steps: 400 })
      assert.isTrue(result.passed, JSON.stringify(result))
    }).pipe(Runs.fresh)
  )

  it.effect("fails where the rate is too small, after all steps", () =>
    Effect.gen(function* () {
      const slow = Plan.rate(() => LearningRate.constant(1e-6))(plan)
      const { passed, steps } = yield* OverfitBatch.overfit(slow, { steps: 5 })
      assert.deepStrictEqual([passed, steps], [false, 5])
    }).pipe(Runs.fresh)
  )

  it.effect("fails where the loss becomes no number, at once", () =>
    Effect.gen(function* () {
      const wild = Plan.rate(() => LearningRate.constant(1e30))(plan)
      const { lastLoss, passed, steps } = yield* OverfitBatch.overfit(wild)
      assert.isFalse(passed)
      assert.isNaN(lastLoss)
      assert.isBelow(steps, 10)
    }).pipe(assertNoLeak, Runs.fresh)
  )
})
