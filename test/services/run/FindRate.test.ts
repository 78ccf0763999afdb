import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as RateCurve from "../../../src/services/report/RateCurve.js"
import * as FindRate from "../../../src/services/run/FindRate.js"
import * as RateFinder from "../../../src/train/RateFinder.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import * as Plans from "../../support/Plans.js"
import * as Runs from "../../support/Runs.js"

describe("finding a rate", () => {
  it.effect("trains a state of its own over several epochs, the same each time, and leaves no tensor", () =>
    Effect.gen(function* () {
      const first = yield* FindRate.find(Plans.small)
      const again = yield* FindRate.find(Plans.small)
      assert.deepStrictEqual(again.points, first.points)
      assert.closeTo(first.points[0]!.loss, Math.log(3), 0.3)
      assert.isAbove(first.points.length, 50)
      assert.isNotNull(RateFinder.suggest(first))
    }).pipe(assertNoLeak, Runs.fresh)
  )

  it.effect("changes nothing of a run", () =>
    Effect.gen(function* () {
      const before = yield* Runs.fresh(Runs.digest(Plans.small))
      const after = yield* Runs.fresh(Effect.andThen(FindRate.find(Plans.small), Runs.digest(Plans.small)))
      assert.strictEqual(after, before)
    })
  )

  it.effect("is drawn, the same bytes each time", () =>
    Effect.gen(function* () {
      const search = yield* FindRate.find(Plans.small, { steps: 60 })
      const svg = RateCurve.render(search)
      assert.strictEqual(RateCurve.render(search), svg)
      assert.include(svg, "learning rate, as a power of 10")
      assert.include(svg, `valley ${RateFinder.suggest(search)!.valley.toPrecision(2)}`)
    }).pipe(Runs.fresh)
  )
})
