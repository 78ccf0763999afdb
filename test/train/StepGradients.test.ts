import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as Init from "../../src/model/Init.js"
import * as Average from "../../src/train/Average.js"
import * as Plan from "../../src/train/Plan.js"
import { smallestPiece } from "../../src/train/StepGradients.js"
import * as Trial from "../../src/train/Trial.js"
import { assertClose } from "../support/Close.js"
import { normed } from "../support/Plans.js"
import { images, plain, stepped } from "../support/Stepped.js"

describe("micro batches", () => {
  it.effect.each([1, 3, 4, 5, 9])("of %d images: the loss, outputs and update are those of the whole batch", (size) =>
    Effect.gen(function* () {
      const [whole, pieces] = [yield* stepped(plain, {}), yield* stepped(plain, { microBatch: size })]
      assert.closeTo(pieces.loss, whole.loss, 1e-5)
      assertClose(pieces.outputs, whole.outputs, 1e-5)
      for (const [path, { data }] of Object.entries(whole.after))
        assertClose(pieces.after[path]?.data ?? [], data, 1e-5)
    })
  )

  it.effect.each([0, images, 64])("of %d images are the whole batch, bit for bit", (size) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* stepped(plain, { microBatch: size }), yield* stepped(plain, {}))
    })
  )

  it.effect("update running statistics once for each piece", () =>
    Effect.gen(function* () {
      const { network } = normed
      const [first, whole, pieces] = [
        Init.init(network, 0).state,
        (yield* stepped(network, {})).running,
        (yield* stepped(network, { microBatch: 5 })).running
      ]
      // Of the mean, 0.1 of the batch's is new; of two halves, 0.09 of the first's and 0.1 of the second's.
      const start = first["bn.running_mean"]?.data ?? []
      assert.isTrue(start.every((value) => value === 0))
      const [once, twice] = [whole, pieces].map((state) => Math.hypot(...(state["bn.running_mean"]?.data ?? [])))
      assert.closeTo((twice ?? 0) / (once ?? 1), 1.9, 0.1)
    })
  )

  it.effect("compose with SAM: the same gradients at the same place", () =>
    Effect.gen(function* () {
      const sam = { rho: 0.5, adaptive: true }
      const [whole, pieces] = [yield* stepped(plain, { sam }), yield* stepped(plain, { sam, microBatch: 3 })]
      for (const [path, { data }] of Object.entries(whole.after))
        assertClose(pieces.after[path]?.data ?? [], data, 1e-4)
      const without = yield* stepped(plain, {})
      assert.strictEqual(without.loss, whole.loss)
      assert.notDeepEqual(without.after, whole.after)
    })
  )

  it("are as small as what the last one has left", () => {
    assert.deepStrictEqual(
      [0, 3, 4, 5, 10, 20].map((size) => smallestPiece(images, size)),
      [10, 1, 2, 5, 10, 10]
    )
  })
})

describe("a plan", () => {
  it("refuses an average that its steps never update, which a fast dev run leaves out", () => {
    const plan = Plan.average(Average.swa({ afterEpochs: 3 }))(normed)
    const error = Result.getOrThrow(Result.flip(Plan.check(plan)))
    assert.include(error.message, '{"kind":"swa","afterEpochs":3}, is never updated in 12 steps, 6 an epoch')
    assert.isTrue(Result.isSuccess(Plan.check(Plan.epochs(3)(plan))))
    assert.isUndefined(Trial.fastDevRun(plan).average)
    assert.isDefined(Trial.fastDevRun(Plan.average(Average.ema())(plan)).average)
  })

  it("refuses pieces of a negative size, and a distance that is not a number", () => {
    const reasonOf = (plan: Plan.Plan) => Plan.check(plan).pipe((result) => String(JSON.stringify(result)))
    assert.include(reasonOf(Plan.microBatch(-1)(normed)), "micro batch is -1")
    assert.include(reasonOf(Plan.sam({ rho: Number.NaN, adaptive: false })(normed)), "rho of SAM is NaN")
  })
})
