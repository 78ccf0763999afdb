import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Checkpoints } from "../../../src/services/run/Checkpoints.js"
import { Trainer } from "../../../src/services/run/Trainer.js"
import * as Plan from "../../../src/train/Plan.js"
import * as PlanRecord from "../../../src/train/PlanRecord.js"
import * as Policies from "../../../src/train/Policies.js"
import * as Policy from "../../../src/train/Policy.js"
import type { TrainEvent } from "../../../src/train/TrainEvent.js"
import * as Machines from "../../support/Machines.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import * as Plans from "../../support/Plans.js"
import { digest, events, fresh, timeless } from "../../support/Runs.js"

const validated = Plans.small.pipe(Plan.validation(0.2), Plan.epochs(6))

/** Random labels cannot be learned: the validation loss soon becomes worse. */
const stopping = validated.pipe(
  Plan.rate(() => () => 0.05),
  Plan.policy(Policies.earlyStopping({ patience: 2 })),
  Plan.policy(Policies.plateau({ patience: 0, factor: 0.5 })),
  Plan.policy(Policies.keepBest({ metric: "validation/accuracy", count: 2 }))
)

/** Goes back twice: within the first epoch, to the initial weights, and within the third. */
const diverging = Plans.small.pipe(
  Plan.epochs(4),
  Plan.policy(
    Machines.stateless("undo", (event) =>
      event._tag === "StepEnded" && (event.step === 3 || event.step === 15)
        ? [Policy.rollback, Policy.restore(event.step === 3 ? 0 : 8), Policy.scaleRate(0.5)]
        : event._tag === "StepEnded" && event.step === 7
          ? [Policy.save, Policy.keep([8])]
          : []
    )
  )
)

const ended = (events: ReadonlyArray<TrainEvent>) => {
  const last = events.at(-1)
  return last?._tag === "RunFinished" ? last : assert.fail("the run has not finished")
}

const tagged = (events: ReadonlyArray<TrainEvent>, tag: TrainEvent["_tag"]) => events.filter(({ _tag }) => _tag === tag)

/** A run that is cut off after every `k` determined steps, again and again, and resumed each time. */
const cutUp = (plan: Plan.Plan, at: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const { events } = yield* Trainer
    for (const step of at) {
      yield* Stream.runDrain(
        Stream.takeUntil(events(plan, { resume: true }), (event) => event._tag === "StepEnded" && event.step === step)
      )
    }
    return yield* digest(plan, { resume: true })
  })

describe("a run with policies", () => {
  it.effect("that stops early ends with the weights of its best epoch", () =>
    fresh(
      Effect.gen(function* () {
        const log = yield* events(stopping)
        const { step, stopped, weightDigest } = ended(log)
        const [restored] = tagged(log, "WeightsRestored")
        assert.strictEqual(restored?._tag, "WeightsRestored")
        if (restored?._tag !== "WeightsRestored") return
        assert.isNotNull(stopped)
        assert.isBelow(restored.from, step)
        const { ofStep } = yield* Checkpoints
        const record = PlanRecord.identity(PlanRecord.of(yield* Effect.fromResult(Plan.check(stopping))))
        const best = yield* Effect.fromOption(yield* ofStep(record, restored.from))
        assert.strictEqual(
          PlanRecord.weightDigest({ params: best.train.groups.params ?? {}, state: best.train.groups.state ?? {} }),
          weightDigest
        )
      })
    )
  )

  it.effect("resumes bit for bit, wherever it was cut off", () =>
    Effect.gen(function* () {
      for (const plan of [stopping, diverging]) {
        const whole = yield* fresh(events(plan))
        const { step, weightDigest } = ended(whole)
        for (const at of [[2], [step - 2], [4, 9, step - 1]]) {
          assert.strictEqual(yield* fresh(cutUp(plan, at)), weightDigest, `cut off at ${at}`)
        }
      }
    })
  )

  it.effect("resumes from any checkpoint to the same events", () =>
    fresh(
      Effect.gen(function* () {
        const whole = yield* events(stopping)
        // What a run that stopped is resumed to is its end alone.
        const again = yield* events(stopping, { resume: true })
        assert.strictEqual(ended(again).weightDigest, ended(whole).weightDigest)
        assert.deepStrictEqual(tagged(again, "WeightsRestored"), tagged(whole, "WeightsRestored"))
        assert.deepStrictEqual(
          timeless(again).filter(({ _tag }) => _tag === "StepEnded"),
          []
        )
      })
    )
  )

  it.effect("goes on from earlier weights, whose steps are counted on, and leaks nothing", () =>
    assertNoLeak(
      fresh(
        Effect.gen(function* () {
          const log = yield* events(diverging)
          assert.deepStrictEqual(tagged(log, "WeightsRestored"), [
            { _tag: "WeightsRestored", step: 4, from: 0, policy: "undo" },
            { _tag: "WeightsRestored", step: 16, from: 8, policy: "undo" }
          ])
          assert.strictEqual(ended(log).step, 24)
        })
      )
    )
  )

  it.effect("fails with a typed error where a policy wants weights that were not kept", () =>
    fresh(
      Effect.gen(function* () {
        const plan = Plans.small.pipe(
          Plan.policy(
            Machines.stateless("wishful", (event) =>
              event._tag === "StepEnded" && event.step === 4 ? [Policy.restore(2)] : []
            )
          )
        )
        const error = yield* Effect.flip(events(plan))
        assert.strictEqual(error._tag, "PartError")
        assert.include(error.message, `"wishful") asked for the weights after 2 steps`)
      })
    )
  )

  it("is refused where it has no score to decide by", () => {
    const refused = (plan: Plan.Plan) => {
      const checked = Plan.check(plan)
      return checked._tag === "Failure" ? checked.failure.message : assert.fail("accepted")
    }
    assert.include(refused(Plan.policy(Policies.earlyStopping())(Plans.small)), "no validation split")
    const wrong = Plan.policy(Policies.plateau({ metric: "validation/acuracy" }))(validated)
    assert.include(refused(wrong), "let it decide by validation/accuracy")
  })
})
