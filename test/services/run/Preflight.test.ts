import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result } from "effect"
import * as ImageSet from "../../../src/data/ImageSet.js"
import * as Init from "../../../src/model/Init.js"
import * as Preflight from "../../../src/services/run/Preflight.js"
import * as Loss from "../../../src/train/Loss.js"
import * as Optimizer from "../../../src/train/Optimizer.js"
import * as Plan from "../../../src/train/Plan.js"
import { mapTensors } from "../../../src/train/Transform.js"
import { memory } from "../../support/Memory.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import * as Plans from "../../support/Plans.js"
import * as Runs from "../../support/Runs.js"

const { dataset } = Plans.small
const usual = Loss.crossEntropy()
const sgd = Optimizer.sgd({ momentum: 0.9 })

const warnings = (plan: Plan.Plan) => Effect.map(Preflight.check(plan), ({ warnings }) => warnings.join("\n"))

const withTrain = (train: ImageSet.ImageSet) => Plan.dataset({ ...dataset, train })(Plans.small)

const big = Init.init(Plans.small.network, 0)
const scaled = (factor: number): Plan.Plan => ({
  ...Plans.small,
  start: {
    ...big,
    params: Object.fromEntries(
      Object.entries(big.params).map(([path, { data, shape }]) => [path, { shape, data: data.map((x) => x * factor) }])
    )
  }
})

describe("a preflight", () => {
  it.effect("of a plan in order has no warnings, and the loss of the run's first step", () =>
    Effect.gen(function* () {
      const preflight = yield* Preflight.check(Plans.small)
      const events = yield* Runs.events(Plans.small)
      const first = events.find((event) => event._tag === "StepEnded")
      assert.deepStrictEqual(preflight.warnings, [])
      assert.strictEqual(preflight.loss, first?._tag === "StepEnded" ? first.loss : Number.NaN)
    }).pipe(assertNoLeak, Runs.fresh)
  )

  it.effect("changes nothing of the run", () =>
    Effect.gen(function* () {
      const without = yield* Runs.fresh(Runs.digest(Plans.small))
      yield* Preflight.check(Plans.small)
      assert.strictEqual(yield* Runs.digest(Plans.small), without)
    }).pipe(Runs.fresh)
  )

  it.effect("counts the bytes of weights and slots", () =>
    Effect.gen(function* () {
      const { stateBytes } = yield* Preflight.check(Plan.optimizer(sgd)(Plans.small))
      const parameters = Object.values(big.params).reduce((sum, { data }) => sum + data.byteLength, 0)
      assert.strictEqual(stateBytes, 2 * parameters)
    }).pipe(Runs.fresh)
  )

  it.effect("warns of images that are all alike", () =>
    Effect.gen(function* () {
      const { labels, shape } = dataset.train
      const blank = Result.getOrThrow(ImageSet.make(shape, new Uint8Array(44 * 256), labels))
      assert.include(yield* warnings(withTrain(blank)), "all alike")
    }).pipe(Runs.fresh)
  )

  it.effect("warns of statistics of other images, such as those of pixels from 0 to 1", () =>
    Effect.gen(function* () {
      const text = yield* warnings(
        Plan.dataset({ ...dataset, statistics: { mean: [127.5], deviation: [76.5] } })(Plans.small)
      )
      assert.match(text, /have mean -1\.66 and deviation 0\.00, not near 0 and 1/)
    }).pipe(Runs.fresh)
  )

  it.effect("warns of classes without an image", () =>
    Effect.gen(function* () {
      const zeros = { ...memory(dataset.train), labels: new Int32Array(44).fill(1) }
      assert.include(yield* warnings(withTrain(zeros)), "2 of 3 classes have no training image: class 0, class 2")
    }).pipe(Runs.fresh)
  )

  it.effect("warns of a random start whose loss is far from ln(classes), not of given weights", () =>
    Effect.gen(function* () {
      const loud = yield* warnings(
        Plan.dataset({ ...dataset, statistics: { mean: [0.5], deviation: [1e-4] } })(Plans.small)
      )
      assert.match(loud, /the loss of the first batch is \d+\.\d\d; of a random start about ln\(3\) = 1\.10/)
      assert.strictEqual(yield* warnings(scaled(6)), "")
    }).pipe(Runs.fresh)
  )

  it.effect("fails for a loss that is not finite", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Preflight.check(Plan.loss({ ...usual, mean: (...of) => tf.log(tf.mul(usual.mean(...of), 0)) })(Plans.small))
      )
      assert.deepInclude(error, { _tag: "PreflightError", check: "step" })
      assert.match(error.message, /the loss of the first batch is -Infinity; expected a finite number\n {2}fix: /)
    }).pipe(assertNoLeak, Runs.fresh)
  )

  it.effect("fails for a parameter that is not finite after a step, and names it", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Preflight.check(
          Plan.optimizer({
            ...sgd,
            update: (gradients, slots, at) => {
              const [updates, next] = sgd.update(gradients, slots, at)
              const { "fc1.weight": broken, ...rest } = updates
              return [{ ...rest, ...mapTensors({ "fc1.weight": broken! }, (tensor) => tf.div(tensor, 0)) }, next]
            }
          })(Plans.small)
        )
      )
      assert.match(error.message, /after one step fc1\.weight \(params\) is not finite/)
    }).pipe(assertNoLeak, Runs.fresh)
  )

  it.effect("fails for a plan that makes no sense as the run does", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Preflight.check(Plan.batchSize(0)(Plans.small)))
      assert.strictEqual(error._tag, "PlanError")
    }).pipe(Runs.fresh)
  )
})
