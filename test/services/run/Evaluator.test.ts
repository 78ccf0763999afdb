import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Loader from "../../../src/services/loader/Loader.js"
import * as Evaluator from "../../../src/services/run/Evaluator.js"
import * as Images from "../../support/Images.js"

describe("Evaluator.evaluate", () => {
  it.effect("refuses labels that are not classes, before the first batch", () =>
    Effect.gen(function* () {
      const set = Images.random(20, { height: 2, width: 2, channels: 1 }, 5)
      let batches = 0
      const error = yield* Effect.flip(
        Evaluator.evaluate({
          loader: yield* Loader.make(0),
          set,
          classes: 4,
          statistics: { mean: [0], deviation: [1] },
          evaluateBatch: () => {
            batches++
            throw new Error("asked for a batch")
          }
        })
      )
      assert.include(
        error.message,
        `the labels of 4 classes are 0 to 3; evaluated image ${set.labels.indexOf(4)} has 4`
      )
      assert.strictEqual(batches, 0)
    })
  )
})
