import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { Checkpoints } from "../../../src/services/run/Checkpoints.js"
import * as Evaluator from "../../../src/services/run/Evaluator.js"
import { Trainer } from "../../../src/services/run/Trainer.js"
import * as Average from "../../../src/train/Average.js"
import * as Optimizer from "../../../src/train/Optimizer.js"
import * as Plan from "../../../src/train/Plan.js"
import { weightDigest } from "../../../src/train/PlanRecord.js"
import * as Policy from "../../../src/train/Policy.js"
import { optimizers } from "../../contract/optimizers.js"
import { backends } from "../../support/Backends.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import * as Plans from "../../support/Plans.js"
import { digest, events, fresh } from "../../support/Runs.js"

const normed = Plan.checkpointEvery(2)(Plans.normed)

const matricesOnly = (optimizer: ReturnType<typeof Optimizer.muon>) =>
  Optimizer.partition(
    Optimizer.byParameter(normed.network, ({ shape }) => (shape.length > 1 ? "matrices" : "others")),
    { matrices: optimizer, others: Optimizer.adamw() }
  )

const averages = {
  ema: Average.ema({ decay: 0.8, every: 2, warmup: true }),
  swa: Average.swa({ afterEpochs: 1 }),
  lookahead: Average.lookahead({ every: 5 })
}

const plans: Readonly<Record<string, Plan.Plan>> = {
  ...Object.fromEntries(
    Object.entries(optimizers).map(([name, { matrices = false, optimizer }]) => [
      name,
      Plan.optimizer(matrices ? matricesOnly(optimizer) : optimizer)(normed)
    ])
  ),
  ...Object.fromEntries(Object.entries(averages).map(([name, average]) => [name, Plan.average(average)(normed)])),
  sam: Plan.sam({ rho: 0.05, adaptive: false })(normed),
  "micro batches": Plan.microBatch(3)(normed),
  all: normed.pipe(
    Plan.optimizer(Optimizer.layerwiseDecay(normed.network, 0.8, Optimizer.lamb({ decayed: "weights" }))),
    Plan.sam({ rho: 0.1, adaptive: true }),
    Plan.microBatch(5),
    Plan.average(averages.lookahead)
  )
}

describe("a run that is cut off and resumed", () => {
  it.effect.each(Object.entries(plans))(
    "%s: ends with the bits of one that is not",
    ([, plan]) =>
      Effect.gen(function* () {
        const whole = yield* fresh(digest(plan))
        const resumed = yield* fresh(
          Effect.gen(function* () {
            const trainer = yield* Trainer
            // The newest checkpoint is the one of step 8: in the second epoch, between two updates of each average.
            const before = Stream.takeUntil(
              trainer.events(plan),
              (event) => event._tag === "StepEnded" && event.step === 8
            )
            yield* Stream.runDrain(before)
            return yield* digest(plan, { resume: true })
          })
        )
        assert.strictEqual(resumed, whole)
      }).pipe(assertNoLeak, Effect.provide(backends.tensorflow)),
    60_000
  )
})

describe("averaged weights", () => {
  it.effect.each(Object.entries(averages))(
    "%s: are evaluated, kept and saved beside the trained ones",
    ([, average]) =>
      fresh(
        Effect.gen(function* () {
          const plan = Plan.average(average)(normed)
          const trainer = yield* Trainer
          const { finished, weights } = yield* trainer.fit(plan)
          assert.strictEqual(weightDigest(weights), finished.weightDigest)
          const { entries, read } = yield* Effect.map(Checkpoints, (checkpoints) => ({
            entries: checkpoints.list,
            read: checkpoints.latest
          }))
          const newest = (yield* entries).entries.at(-1)
          const checkpoint = yield* Effect.flatMap(read(newest?.manifest.run ?? ""), Effect.fromOption)
          const { groups } = checkpoint.train
          const kept = { params: groups["average/params"] ?? {}, state: groups["average/state"] ?? {} }
          assert.strictEqual(weightDigest(kept), finished.weightDigest)
          assert.containsAllKeys(kept.state, ["bn.running_mean", "bn.running_var"])
          const trained = { params: groups.params ?? {}, state: groups.state ?? {} }
          assert.notStrictEqual(weightDigest(trained), finished.weightDigest)
          const { scores } = yield* Evaluator.evaluateWeights({
            network: plan.network,
            weights: kept,
            set: plan.dataset.test,
            statistics: plan.dataset.statistics
          }).pipe(Effect.provide(backends.tensorflow))
          assert.deepStrictEqual(finished.test, scores)
        })
      ).pipe(assertNoLeak, Effect.provide(backends.tensorflow)),
    60_000
  )

  it.effect("begin with the first update: until then the trained weights are evaluated", () =>
    Effect.gen(function* () {
      const until = Plan.average(Average.swa({ afterEpochs: 2 }))(normed)
      const tests = (plan: Plan.Plan) =>
        Effect.map(fresh(events(plan)), (all) =>
          all.flatMap((event) => (event._tag === "EpochEnded" ? [event.test] : []))
        )
      const [averaged, plain] = [yield* tests(until), yield* tests(normed)]
      assert.deepStrictEqual(averaged, plain)
    })
  )

  it.effect("are not updated by a step that a policy rolls back", () =>
    Effect.gen(function* () {
      const rollBack = Policy.make({
        name: "roll the first step back",
        options: {},
        state: Schema.Null,
        initial: null,
        on: (state, event) => [state, event._tag === "StepEnded" && event.step === 0 ? [Policy.rollback] : []]
      })
      const plan = normed.pipe(Plan.epochs(1), Plan.average(Average.ema({ decay: 0.9 })), Plan.policy(rollBack))
      const all = yield* fresh(
        Effect.gen(function* () {
          yield* Effect.flatMap(Trainer, (trainer) => trainer.fit(plan))
          const checkpoints = yield* Checkpoints
          const newest = (yield* checkpoints.list).entries.at(-1)
          return yield* Effect.flatMap(checkpoints.latest(newest?.manifest.run ?? ""), Effect.fromOption)
        })
      )
      assert.deepStrictEqual([...(all.train.groups.average?.updates?.data ?? [])], [5])
    })
  )
})
