import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Stream } from "effect"
import { Checkpoints } from "../../../src/services/run/Checkpoints.js"
import { Trainer } from "../../../src/services/run/Trainer.js"
import * as Optimizer from "../../../src/train/Optimizer.js"
import * as Plan from "../../../src/train/Plan.js"
import * as PlanRecord from "../../../src/train/PlanRecord.js"
import * as Policies from "../../../src/train/Policies.js"
import type { TrainEvent } from "../../../src/train/TrainEvent.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import * as Plans from "../../support/Plans.js"
import { digest, fresh } from "../../support/Runs.js"

/** First only `fc` is trained, after one epoch `bn` too, and after two all. */
const plan = Plans.normed.pipe(
  Plan.epochs(4),
  Plan.optimizer(
    Optimizer.partition((path) => path.replace(/\..*/, ""), {
      conv: Optimizer.chain(Optimizer.clipByGlobalNorm(1), Optimizer.sgd({ momentum: 0.9, weightDecay: 0.01 })),
      bn: Optimizer.sgd({ momentum: 0.9 }),
      fc: Optimizer.adam()
    })
  ),
  Plan.freeze((path) => !path.startsWith("fc.")),
  Plan.unfreeze([
    { epoch: 2, paths: (path) => path.startsWith("conv.") },
    { epoch: 1, paths: (path) => path.startsWith("bn.") }
  ]),
  Plan.checkpointEvery(4)
)

/** The state after this many epochs. */
const stateAfter = (epochs: number, run = plan) =>
  Effect.gen(function* () {
    yield* digest(Plan.policy(Policies.budget({ epochs }))(run))
    const { list, ofStep } = yield* Checkpoints
    const last = (yield* list).entries.at(-1)!.manifest
    const checkpoint = yield* Effect.flatMap(ofStep(last.run, last.progress.step), Effect.fromOption)
    return checkpoint.train.groups
  }).pipe(assertNoLeak, fresh)

type Groups = Effect.Success<ReturnType<typeof stateAfter>>

/** The parts of the network of which numbers differ, in these groups. */
const changed = (from: Groups, to: Groups, names: (group: string) => boolean) => [
  ...new Set(
    Object.keys(to)
      .filter(names)
      .flatMap((group) =>
        Object.entries(to[group] ?? {}).flatMap(([path, { data }]) =>
          String(data) === String(from[group]?.[path]?.data) ? [] : [path.replace(/\..*/, "")]
        )
      )
  )
]

describe("gradual unfreezing", () => {
  it.effect(
    "changes the parameters, the slots and the running statistics of a part from its epoch on, and not before",
    () =>
      Effect.gen(function* () {
        const [first, second, third] = [yield* stateAfter(1), yield* stateAfter(2), yield* stateAfter(3)]
        const isSlot = (group: string) => group.startsWith("optimizer/")
        const slots = Object.entries(first).filter(([group]) => isSlot(group))
        const zero = slots.flatMap(([, tensors]) =>
          Object.entries(tensors).flatMap(([path, { data }]) => (data.every((value) => value === 0) ? [path] : []))
        )
        assert.deepStrictEqual(zero.sort(), ["bn.bias", "bn.weight", "conv.weight"])
        for (const names of [(group: string) => group === "params", isSlot]) {
          assert.sameMembers(changed(first, second, names), ["bn", "fc"])
          assert.sameMembers(changed(second, third, names), ["conv", "bn", "fc"])
        }
        assert.deepStrictEqual([...(first.state?.["bn.running_mean"]?.data ?? [])], [0, 0, 0, 0])
        assert.deepStrictEqual(
          changed(first, second, (group) => group === "state"),
          ["bn"]
        )
      })
  )

  it.effect.each([3, 5, 9, 13, 19])("resumed after a cut at step %i ends with the same bits", (step) =>
    Effect.gen(function* () {
      const whole = yield* fresh(digest(plan))
      const at = (event: TrainEvent) => event._tag === "StepEnded" && event.step === step
      yield* Effect.flatMap(Trainer, (trainer) => Stream.runDrain(Stream.takeUntil(trainer.events(plan), at)))
      assert.strictEqual(yield* digest(plan, { resume: true }), whole)
    }).pipe(assertNoLeak, fresh)
  )

  it("is recorded where it is used, and there alone", () => {
    const record = (plan: Plan.Plan) => PlanRecord.of(Result.getOrThrow(Plan.check(plan)))
    assert.deepStrictEqual(record(plan).unfreeze, [
      { epoch: 1, paths: ["bn.weight", "bn.bias"] },
      { epoch: 2, paths: ["conv.weight"] }
    ])
    assert.notProperty(record(Plans.small), "unfreeze")
    const later = Plan.unfreeze(plan.unfreeze.map(({ paths }) => ({ epoch: 3, paths })))(plan)
    assert.notStrictEqual(PlanRecord.identity(record(later)), PlanRecord.identity(record(plan)))
  })

  it.each([
    [
      "of what is not frozen",
      [{ epoch: 1, paths: (path: string) => path.startsWith("fc.") }],
      "no parameter is unfrozen"
    ],
    ["twice", [1, 2].map((epoch) => ({ epoch, paths: (path: string) => path.startsWith("bn.") })), "conv.weight"],
    ["after the last epoch", [{ epoch: 4, paths: () => true }], "the run has 4"],
    ["before the first", [{ epoch: 0, paths: () => true }], "at least 1"]
  ] as const)("%s is refused", (_, unfreeze, text) => {
    const problem = Result.getOrThrow(
      Result.flip(Plan.check(plan.pipe(Plan.optimizer(Optimizer.sgd({ momentum: 0.9 })), Plan.unfreeze(unfreeze))))
    )
    assert.strictEqual(problem._tag, "PlanError")
    assert.include(problem.message, text)
  })
})

describe("freezing after some epochs", () => {
  const ending = plan.pipe(
    Plan.unfreeze([{ epoch: 1, paths: (path) => path.startsWith("conv.") || path.startsWith("bn.") }]),
    Plan.freezeAfter([{ epoch: 2, paths: (path) => path.startsWith("conv.") }])
  )

  it.effect.each([5, 11, 13])(
    "ends the training of a part; resumed after a cut at step %i, with the same bits",
    (step) =>
      Effect.gen(function* () {
        const whole = yield* fresh(digest(ending))
        const at = (event: TrainEvent) => event._tag === "StepEnded" && event.step === step
        yield* Effect.flatMap(Trainer, (trainer) => Stream.runDrain(Stream.takeUntil(trainer.events(ending), at)))
        assert.strictEqual(yield* digest(ending, { resume: true }), whole)
      }).pipe(assertNoLeak, fresh)
  )

  it.effect("keeps its parameters and slots from then on", () =>
    Effect.gen(function* () {
      const [first, second, third] = [
        yield* stateAfter(1, ending),
        yield* stateAfter(2, ending),
        yield* stateAfter(3, ending)
      ]
      const trained = (group: string) => group === "params" || group.startsWith("optimizer/")
      assert.sameMembers(changed(first, second, trained), ["conv", "bn", "fc"])
      assert.sameMembers(changed(second, third, trained), ["bn", "fc"])
    })
  )

  it("is recorded where it is used, and there alone; after the last epoch it changes nothing", () => {
    const record = (plan: Plan.Plan) => PlanRecord.of(Result.getOrThrow(Plan.check(plan)))
    assert.deepStrictEqual(record(ending).freezeAfter, [{ epoch: 2, paths: ["conv.weight"] }])
    assert.notProperty(record(plan), "freezeAfter")
    const late = Plan.freezeAfter([{ epoch: 9, paths: (path: string) => path.startsWith("conv.") }])(plan)
    assert.deepStrictEqual(record(late).freezeAfter, [{ epoch: 9, paths: ["conv.weight"] }])
  })

  it.each([
    ["of what is frozen already", { epoch: 1, paths: (path: string) => path.startsWith("conv.") }, "no parameter is"],
    ["of everything", { epoch: 3, paths: () => true }, "nothing is left to train"],
    ["before the first epoch", { epoch: 0, paths: () => true }, "at least 1"]
  ] as const)("%s is refused", (_, stage, text) => {
    const problem = Result.getOrThrow(Result.flip(Plan.check(Plan.freezeAfter([stage])(plan))))
    assert.strictEqual(problem._tag, "PlanError")
    assert.include(problem.message, text)
  })
})
