import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Plan from "../../src/train/Plan.js"
import * as PlanRecord from "../../src/train/PlanRecord.js"
import * as Trial from "../../src/train/Trial.js"
import * as Plans from "../support/Plans.js"

const checked = (plan: Plan.Plan) => Result.getOrThrow(Plan.check(plan))
const plan = Plan.make({ network: Plans.small.network, dataset: Plans.noise(400, 300) }).pipe(
  Plan.epochs(50),
  Plan.batchSize(32)
)

describe("a fast dev run", () => {
  it("is two epochs of two batches, and two batches of test images", () => {
    const { plan: fast, steps, train } = checked(Trial.fastDevRun(plan))
    assert.deepStrictEqual(steps, { perEpoch: 2, total: 4 })
    assert.strictEqual(train.count, 64)
    assert.strictEqual(fast.dataset.test.count, 64)
  })

  it("keeps a validation split, and whole batches beside it", () => {
    const { steps, train, validation } = checked(
      Trial.fastDevRun(plan.pipe(Plan.validation(0.1), Plan.remainder("drop")))
    )
    assert.deepStrictEqual([train.count, validation.count, steps.perEpoch], [65, 7, 2])
  })

  it("takes all images where there are fewer", () => {
    const { train } = checked(Trial.fastDevRun(Plan.batchSize(300)(plan)))
    assert.strictEqual(train.count, 400)
  })

  it("normalizes as the whole plan does, and is another run than it", () => {
    const fast = Trial.fastDevRun(plan)
    assert.strictEqual(fast.dataset.statistics, plan.dataset.statistics)
    assert.notStrictEqual(
      PlanRecord.identity(PlanRecord.of(checked(fast))),
      PlanRecord.identity(PlanRecord.of(checked(plan)))
    )
  })

  it("leaves a plan that makes no sense for the check to refuse", () => {
    assert.isTrue(Result.isFailure(Plan.check(Trial.fastDevRun(Plan.batchSize(-1)(plan)))))
    assert.isTrue(Result.isFailure(Plan.check(Trial.fastDevRun(Plan.validation(1)(plan)))))
  })
})

describe("a limit of the training images", () => {
  it("leaves the validation split as it is", () => {
    const whole = checked(Plan.validation(0.1)(plan))
    const limited = checked(plan.pipe(Plan.validation(0.1), Plan.limitTrain(0.25)))
    assert.deepStrictEqual(limited.validation, whole.validation)
    assert.strictEqual(limited.train.count, 90)
    assert.strictEqual(limited.steps.perEpoch, 3)
  })

  it("is refused where it chooses no image", () => {
    const { message } = Result.getOrThrow(Result.flip(Plan.check(Plan.limitTrain(1e-6)(plan))))
    assert.include(message, "of 400 images")
  })
})
