import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Plan from "../../../src/train/Plan.js"
import * as Policies from "../../../src/train/Policies.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import * as Plans from "../../support/Plans.js"
import { digest, events, fresh } from "../../support/Runs.js"

const held = Plan.validation(0.1)(Plans.small)

describe("evaluateEvery", () => {
  it.effect("evaluates after every so many steps, and changes nothing of the training", () =>
    Effect.gen(function* () {
      const plan = Plan.policy(Policies.evaluateEvery({ steps: 4 }))(held)
      const evaluated = (yield* events(plan)).flatMap((event) =>
        event._tag === "Evaluated" ? [`${event.set} ${event.step}`] : []
      )
      assert.deepStrictEqual(evaluated, ["validation 4", "validation 8", "test 10"])
      assert.strictEqual(yield* digest(plan), yield* digest(held))
    }).pipe(assertNoLeak, fresh)
  )

  it.effect("of the validation split is refused where there is none", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(digest(Plan.policy(Policies.evaluateEvery({ steps: 4 }))(Plans.small)))
      assert.include(error.message, "no validation split")
    }).pipe(fresh)
  )
})
