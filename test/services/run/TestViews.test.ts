import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as Evaluator from "../../../src/services/run/Evaluator.js"
import { Trainer } from "../../../src/services/run/Trainer.js"
import * as Plan from "../../../src/train/Plan.js"
import * as PlanRecord from "../../../src/train/PlanRecord.js"
import * as Scalars from "../../../src/train/Scalars.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import * as Plans from "../../support/Plans.js"
import { fresh } from "../../support/Runs.js"

const plan = Plan.views("flip-shift")(Plans.small)
const { dataset, network } = plan

describe("the test-time views of a plan", () => {
  it.effect("score the test images once more at the end, as an evaluation in these views does", () =>
    Effect.gen(function* () {
      const { finished, weights } = yield* Effect.flatMap(Trainer, (trainer) => trainer.fit(plan))
      const evaluate = (views: "none" | "flip-shift") =>
        Evaluator.evaluateWeights({ network, weights, set: dataset.test, statistics: dataset.statistics, views })
      assert.deepStrictEqual(finished.test, (yield* evaluate("none")).scores)
      const { scores } = yield* evaluate("flip-shift")
      assert.deepStrictEqual(finished.withViews, { views: "flip-shift", test: scores })
      assert.notStrictEqual(scores.loss, finished.test.loss)
      const scalars = Scalars.of(finished)
      assert.deepStrictEqual(
        [scalars["test/loss"], scalars["test-views/loss"], scalars["test-views/accuracy"]],
        [finished.test.loss, scores.loss, scores.metrics.accuracy]
      )
    }).pipe(assertNoLeak, fresh)
  )

  it.effect("are not there by default", () =>
    Effect.gen(function* () {
      const { finished } = yield* Effect.flatMap(Trainer, (trainer) => trainer.fit(Plans.small))
      assert.notProperty(finished, "withViews")
      const record = (plan: Plan.Plan) => PlanRecord.of(Result.getOrThrow(Plan.check(plan)))
      assert.notProperty(record(Plans.small), "views")
      assert.strictEqual(record(plan).views, "flip-shift")
    }).pipe(fresh)
  )
})
