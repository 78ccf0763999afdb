import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as LearningRate from "../../src/train/LearningRate.js"
import * as Machine from "../../src/train/Machine.js"
import * as Plan from "../../src/train/Plan.js"
import * as Policies from "../../src/train/Policies.js"
import * as Policy from "../../src/train/Policy.js"
import { Progress } from "../../src/train/Progress.js"
import { PartError } from "../../src/train/TrainError.js"
import { type EpochEnded, type StepEnded, TrainEvent } from "../../src/train/TrainEvent.js"
import * as Machines from "../support/Machines.js"
import * as Plans from "../support/Plans.js"

const { checked, complete, stateless } = Machines

/** A policy that asks for something when a step, counted from 0, has ended. */
const afterStep = (step: number, ...commands: ReadonlyArray<Policy.Command>) =>
  stateless(`after step ${step}`, (event) => (event._tag === "StepEnded" && event.step === step ? commands : []))

const steps = ({ events }: Machines.Log) => events.filter((event): event is StepEnded => event._tag === "StepEnded")
const epochs = ({ events }: Machines.Log) => events.filter((event): event is EpochEnded => event._tag === "EpochEnded")
const tagged = ({ events }: Machines.Log, tag: TrainEvent["_tag"]) => events.filter(({ _tag }) => _tag === tag)

describe("the tasks of a run", () => {
  it("are its steps, the end of each epoch, a checkpoint after it, and the finish", () => {
    const { events, freed, run, tasks } = complete(checked(2))
    assert.deepStrictEqual(tasks, [
      ...["train 0.0", "train 0.1", "train 0.2", "end 0", "save 3"],
      ...["train 1.0", "train 1.1", "train 1.2", "end 1", "save 6", "finish"]
    ])
    assert.deepStrictEqual(
      events.map(({ _tag }) => _tag),
      [
        ...["StepEnded", "StepEnded", "StepEnded", "EpochEnded"],
        ...["StepEnded", "StepEnded", "StepEnded", "EpochEnded"],
        ...["Evaluated", "RunFinished"]
      ]
    )
    assert.deepStrictEqual(
      freed.map(({ step }) => step),
      [0, 1, 2, 3, 4, 5]
    )
    assert.strictEqual(run.train.step, 6)
    assert.isTrue(run.finished)
    assert.isUndefined(Machine.next(checked(2), run))
  })

  it("leave totals that weigh each batch by its size, and an event that says how the run ended", () => {
    const log = complete(checked(1), (step) => step + 1)
    const [epoch] = epochs(log)
    // 20 images of loss 1, 20 of loss 2, 4 of loss 3.
    assert.deepStrictEqual(epoch?.train, { loss: 72 / 44, total: 44, metrics: { accuracy: 3 / 44 } })
    assert.strictEqual(epoch?.seconds, 1.5)
    assert.strictEqual(epoch?.imagesPerSecond, 44 / 1.5)
    assert.deepInclude(log.events.at(-1), { _tag: "RunFinished", epochs: 1, step: 3, stopped: null, seconds: 1.5 })
    assert.deepInclude(log.run.progress, { step: 3, epochs: 1, events: 4, images: 44 })
    assert.deepInclude(log.run.epoch, { loss: 0, total: 0 })
    assert.strictEqual(log.run.progress.epochSeconds, 0)
  })

  it("have the rates of the schedule, and a rate that throws is a PartError", () => {
    const plan = Plan.rate(({ total }) => LearningRate.multiStep({ rate: total, milestones: [2], factor: 0.1 }))
    const withRate = Result.getOrThrow(Plan.check(plan(checked(1).plan)))
    assert.deepStrictEqual(
      steps(complete(withRate)).map(({ rate }) => rate),
      [3, 3, 3 * 0.1]
    )
    const throws = { ...checked(1), rate: () => assert.fail("no rate today") }
    const error = partError(() => Machine.next(throws, Machines.begin(throws).run))
    assert.strictEqual(error.part, "learning rate")
    assert.include(error.message, "no rate today")
    assert.instanceOf(error.cause, Error)
  })
})

describe("Save", () => {
  it("is done once, however many policies ask, and after the epoch's evaluation where an epoch has ended", () => {
    const often = checked(1, afterStep(1, Policy.save, Policy.save), afterStep(2, Policy.save), Policies.saveEvery(1))
    assert.deepStrictEqual(complete(often).tasks, [
      ...["train 0.0", "save 1", "train 0.1", "save 2", "train 0.2", "end 0", "save 3", "finish"]
    ])
  })

  it("every k steps is counted over the whole run", () => {
    assert.deepStrictEqual(
      complete(checked(2, Policies.saveEvery(2))).tasks.filter((task) => task.startsWith("save")),
      ["save 2", "save 3", "save 4", "save 6"]
    )
  })
})

describe("Stop", () => {
  it("ends a run within an epoch with a checkpoint, and says why", () => {
    const log = complete(checked(2, afterStep(3, Policy.stop("enough")), afterStep(1, Policy.save)))
    assert.deepStrictEqual(log.tasks.slice(-3), ["train 1.0", "save 4", "finish"])
    assert.deepInclude(log.events.at(-1), { _tag: "RunFinished", epochs: 2, step: 4, stopped: "enough" })
  })

  it("at an epoch's last step lets the epoch be evaluated first", () => {
    const log = complete(checked(2, afterStep(2, Policy.stop("enough"))))
    assert.deepStrictEqual(log.tasks.slice(-4), ["train 0.2", "end 0", "save 3", "finish"])
    assert.deepInclude(log.events.at(-1), { _tag: "RunFinished", epochs: 1, step: 3, stopped: "enough" })
  })

  it("has the reason of the policy that asked first", () => {
    const both = checked(
      2,
      stateless("first", () => [Policy.stop("first")]),
      stateless("second", () => [Policy.stop("second")])
    )
    assert.deepInclude(complete(both).events.at(-1), { stopped: "first", step: 1 })
  })
})

describe("ScaleRate", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])("by %s is a PartError that names the policy", (factor) => {
    const error = partError(() => complete(checked(1, afterStep(1, Policy.scaleRate(factor)))))
    assert.strictEqual(error.part, "policy")
    assert.include(error.message, `("after step 1") multiplied the learning rate by ${factor}`)
  })

  it("multiplies the rates of all later steps, is told, and is part of the progress", () => {
    const log = complete(checked(2, afterStep(1, Policy.scaleRate(0.5)), afterStep(3, Policy.scaleRate(0.1))))
    assert.deepStrictEqual(
      steps(log).map(({ rate }) => rate),
      [0.01, 0.01, 0.005, 0.005, 0.05 * 0.01, 0.05 * 0.01]
    )
    assert.deepStrictEqual(tagged(log, "RateScaled"), [
      { _tag: "RateScaled", step: 2, scale: 0.5, policy: "after step 1" },
      { _tag: "RateScaled", step: 4, scale: 0.05, policy: "after step 3" }
    ])
    assert.deepStrictEqual(
      epochs(log).map(({ rate }) => rate),
      [0.005, 0.05 * 0.01]
    )
    assert.strictEqual(Schema.decodeUnknownSync(Progress)(JSON.parse(JSON.stringify(log.run.progress))).rateScale, 0.05)
  })

  it("at the end of an epoch is told with the step that comes next", () => {
    const halves = stateless("plateau", ({ _tag }) => (_tag === "EpochEnded" ? [Policy.scaleRate(0.5)] : []))
    const log = complete(checked(2, halves))
    assert.deepStrictEqual(
      steps(log).map(({ rate }) => rate),
      [0.01, 0.01, 0.01, 0.005, 0.005, 0.005]
    )
    assert.deepInclude(tagged(log, "RateScaled")[0], { step: 3, scale: 0.5 })
  })
})

describe("Rollback", () => {
  const run = (...rolledBack: ReadonlyArray<number>) =>
    complete(
      checked(
        1,
        stateless("undo", (event) =>
          event._tag === "StepEnded" && rolledBack.includes(event.step) ? [Policy.rollback] : []
        )
      ),
      (step) => step + 1
    )

  it("keeps the old tensors, frees the new ones, counts the step, and leaves its loss out of the totals", () => {
    const plan = checked(1, afterStep(1, Policy.rollback))
    const [begun, first, second] = Machines.unfold(plan, Machines.begin(plan), (step) => step + 1)
    assert.deepStrictEqual(
      first?.freed.map(({ groups }) => groups),
      [begun?.run.train.groups]
    )
    // The state that the second step made is freed, the one before it stays under the next number.
    assert.strictEqual(second?.run.train.groups, first?.run.train.groups)
    assert.strictEqual(second?.run.train.step, 2)
    assert.notStrictEqual(second?.freed.at(-1)?.groups, first?.run.train.groups)
    const log = run(1)
    assert.deepStrictEqual(tagged(log, "StepRolledBack"), [{ _tag: "StepRolledBack", step: 1, policy: "undo" }])
    // 20 images of loss 1 and 4 of loss 3; the time and the images of the other step were spent all the same.
    assert.deepStrictEqual(epochs(log)[0]?.train, { loss: 32 / 24, total: 24, metrics: { accuracy: 2 / 24 } })
    assert.deepInclude(log.run.progress, { step: 3, images: 44, seconds: 1.5, events: 5 })
  })

  it("of all steps leaves an epoch without totals, which ends all the same", () => {
    const log = run(0, 1, 2)
    assert.deepStrictEqual(log.tasks, ["train 0.0", "train 0.1", "train 0.2", "end 0", "save 3", "finish"])
    assert.deepStrictEqual(epochs(log)[0]?.train, { loss: 0, total: 0, metrics: { accuracy: 0 } })
    assert.strictEqual(log.run.train.step, 3)
  })

  it("is told once, in the name of the policy that asked first, and means nothing at the end of an epoch", () => {
    const log = complete(
      checked(
        1,
        stateless("first", () => [Policy.rollback]),
        stateless("second", () => [Policy.rollback])
      )
    )
    assert.deepStrictEqual(
      tagged(log, "StepRolledBack"),
      [0, 1, 2].map((step) => ({ _tag: "StepRolledBack" as const, step, policy: "first" }))
    )
  })
})

describe("Evaluate", () => {
  it("is a task of its own, done once however many ask, whose event the policies see", () => {
    const seen: Array<string> = []
    const watch = stateless("watch", (event) => {
      seen.push(event._tag)
      return event._tag === "Evaluated" && event.scores.metrics.accuracy === 0.5
        ? [Policy.stop("half are correct")]
        : []
    })
    const log = complete(
      checked(2, afterStep(0, Policy.evaluate("test"), Policy.evaluate("validation"), Policy.evaluate("test")), watch)
    )
    assert.deepStrictEqual(log.tasks, ["train 0.0", "evaluate test", "evaluate validation", "save 1", "finish"])
    assert.deepStrictEqual(seen, ["StepEnded", "Evaluated", "Evaluated"])
    assert.deepInclude(log.events.at(-1), { step: 1, stopped: "half are correct" })
  })

  it("at an epoch's last step comes before the epoch's own evaluation", () => {
    assert.deepStrictEqual(complete(checked(1, afterStep(2, Policy.evaluate("test")))).tasks.slice(2), [
      ...["train 0.2", "evaluate test", "end 0", "save 3", "finish"]
    ])
  })
})

describe("a loss that is not a number", () => {
  const trained = (plan: Plan.Checked, loss: number) => {
    const { run } = Machines.begin(plan)
    const result = { next: Machines.train(1), loss }
    return Machine.trained(run, { _tag: "Train", epoch: 0, batch: 0, rate: 0.1 }, result, {
      samples: Machines.samples(20, 0),
      seconds: 1,
      waited: 0
    })
  }

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("ends the run: %s", (loss) => {
    const result = trained(checked(1), loss)
    assert.isTrue(Result.isFailure(result))
    const error = Result.getOrThrow(Result.flip(result))
    assert.deepInclude({ ...error }, { quantity: "loss", value: String(loss), step: 0, epoch: 0 })
    assert.include(error.message, "fix: lower the learning rate")
  })

  it("does not where a policy takes the step back, nor does it reach the totals", () => {
    const careful = stateless("careful", (event) =>
      event._tag === "StepEnded" && !Number.isFinite(event.loss) ? [Policy.rollback, Policy.scaleRate(0.5)] : []
    )
    const log = complete(checked(1, careful), (step) => (step === 1 ? Number.NaN : 1))
    assert.deepStrictEqual(
      steps(log).map(({ rate }) => rate),
      [0.01, 0.01, 0.005]
    )
    assert.deepStrictEqual(epochs(log)[0]?.train, { loss: 1, total: 24, metrics: { accuracy: 2 / 24 } })
  })

  it("ends the run also where a policy lowers the rate but does not take the step back", () => {
    assert.isTrue(Result.isFailure(trained(checked(1, afterStep(0, Policy.scaleRate(0.5))), Number.NaN)))
  })
})

describe("policies", () => {
  it("are told each event in the order of the plan, after those that save", () => {
    const told: Array<string> = []
    const watch = (name: string) =>
      stateless(name, (event) => {
        told.push(`${name} ${event._tag}`)
        return [Policy.scaleRate(name === "a" ? 2 : 3)]
      })
    const plan = Result.getOrThrow(
      Plan.check(Plans.small.pipe(Plan.checkpointEvery(5), Plan.policy(watch("a")), Plan.policy(watch("b"))))
    )
    assert.deepStrictEqual(
      plan.policies.map(({ name }) => name),
      ["save each epoch", "save every", "a", "b"]
    )
    const [, first] = Machines.unfold(plan, Machines.begin(plan))
    assert.deepStrictEqual(told.slice(0, 2), ["a StepEnded", "b StepEnded"])
    assert.deepStrictEqual(first?.events.slice(1), [
      { _tag: "RateScaled", step: 1, scale: 2, policy: "a" },
      { _tag: "RateScaled", step: 1, scale: 6, policy: "b" }
    ])
  })

  it.each(["StepEnded", "EpochEnded", "Evaluated"] as const)("that throw at %s are a PartError", (tag) => {
    const breaks = stateless("breaks", ({ _tag }) => (_tag === tag ? assert.fail("no decision today") : []))
    const plan = checked(1, afterStep(1, Policy.evaluate("test")), breaks)
    const error = partError(() => complete(plan))
    assert.strictEqual(error.part, "policy")
    assert.include(error.message, "no decision today")
    assert.instanceOf(error.cause, Error)
  })

  it("of two names that are equal are rejected", () => {
    const result = Plan.check(Plans.small.pipe(Plan.policy(afterStep(1)), Plan.policy(afterStep(1))))
    assert.include(Result.getOrThrow(Result.flip(result)).message, 'two policies are called "after step 1"')
  })

  it("do not read a state of another kind", () => {
    const restored = Machines.arbitrary("a", 1).restore({ seen: "many" })
    assert.isTrue(Result.isFailure(restored))
    assert.include(Result.getOrThrow(Result.flip(restored)), "seen")
  })

  it("carry their state from event to event", () => {
    const log = complete(checked(2, Machines.arbitrary("a", 1)))
    const told = log.events.filter(({ _tag }) => ["StepEnded", "EpochEnded", "Evaluated"].includes(_tag))
    // The evaluation at the end of the run is told to nobody.
    assert.deepStrictEqual(log.run.policies.at(-1)?.state, { seen: told.length - 1 })
  })

  const Events = Schema.Array(TrainEvent)

  it.prop(
    "decide the same after their state went through JSON",
    [Schema.Int, Events, Events],
    ([seed, before, later]) => {
      for (const policy of [Machines.arbitrary("a", seed), Policies.saveEvery(3), Policies.saveEachEpoch]) {
        const tell = (start: Policy.Running, events: ReadonlyArray<TrainEvent>) => {
          let running = start
          const commands = events.map((event) => {
            const [next, commands] = running.on(event)
            running = next
            return commands
          })
          return { running, commands }
        }
        const { running } = tell(policy.start, before)
        const restored = Result.getOrThrow(policy.restore(JSON.parse(JSON.stringify(running.state))))
        const [going, resumed] = [tell(running, later), tell(restored, later)]
        assert.deepStrictEqual(resumed.commands, going.commands)
        assert.deepStrictEqual(resumed.running.state, going.running.state)
        // Nothing that is told changes a policy as it was before.
        assert.deepStrictEqual(tell(running, later).commands, going.commands)
      }
    }
  )
})

describe("a run", () => {
  const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))
  const lossAt = (step: number) => (step % 4 === 3 ? 3 : 1 / (step + 1))
  const planOf = (seed: number) => checked(3, Machines.arbitrary("a", seed), Machines.arbitrary("b", seed + 1))

  it.prop("goes on from anywhere as if nothing had happened", [Seed, Schema.Int], ([seed, cut]) => {
    const plan = planOf(seed)
    const logs = Machines.unfold(plan, Machines.begin(plan), lossAt)
    const whole = logs.at(-1)
    const log = logs[Math.abs(cut) % logs.length]
    if (whole === undefined || log === undefined) return assert.fail("a run has a beginning")
    assert.isTrue(whole.run.finished)
    const rest = Machines.unfold(plan, Machines.reload(plan, log), lossAt).at(-1)
    assert.deepStrictEqual(rest?.tasks, whole.tasks.slice(log.tasks.length))
    assert.deepStrictEqual(rest?.events, whole.events.slice(log.events.length))
    assert.deepStrictEqual(rest?.run.progress, whole.run.progress)
  })

  it.prop("frees every state but the one it has, and counts its events and steps", [Seed], ([seed]) => {
    const plan = planOf(seed)
    for (const log of Machines.unfold(plan, Machines.begin(plan), lossAt)) {
      const { freed, run } = log
      const done = steps(log)
      assert.strictEqual(run.progress.step, done.length)
      assert.strictEqual(run.train.step, done.length)
      assert.strictEqual(new Set(freed.map(({ groups }) => groups)).size, done.length)
      assert.isFalse(freed.some(({ groups }) => groups === run.train.groups))
      const undone = new Set(log.events.flatMap((event) => (event._tag === "StepRolledBack" ? [event.step] : [])))
      const counted = done.flatMap(({ images, step }) => (undone.has(step) ? [] : [images]))
      const totals = [...epochs(log).map(({ train }) => train.total), run.epoch.total]
      assert.strictEqual(sum(totals), sum(counted))
      assert.strictEqual(run.progress.images, sum(done.map(({ images }) => images)))
      if (!run.finished) assert.strictEqual(run.progress.events, log.events.length)
    }
  })
})

const sum = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0)

const partError = (run: () => unknown): PartError => {
  try {
    run()
  } catch (cause) {
    if (cause instanceof PartError) return cause
    throw cause
  }
  return assert.fail("nothing was thrown")
}
