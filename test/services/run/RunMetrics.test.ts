import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Trainer } from "../../../src/services/run/Trainer.js"
import * as Metric from "../../../src/train/Metric.js"
import * as Metrics from "../../../src/train/Metrics.js"
import * as Plan from "../../../src/train/Plan.js"
import type { TrainEvent } from "../../../src/train/TrainEvent.js"
import * as Plans from "../../support/Plans.js"
import { events, fresh, timeless } from "../../support/Runs.js"

const streamed = ["accuracy", "top-2", "f1-macro", "calibration-error", "log-loss"]
const chosen = [...streamed, "auc"].flatMap((name) => Metrics.named(name) ?? [])
const plan = Plans.small.pipe(Plan.metrics(chosen), Plan.checkpointEvery(4))

const tagged = <T extends TrainEvent["_tag"]>(events: ReadonlyArray<TrainEvent>, tag: T) =>
  events.filter((event): event is Extract<TrainEvent, { _tag: T }> => event._tag === tag)

describe("the metrics of a plan", () => {
  it.effect("are in its events: the small ones of each step and epoch, all of an evaluation", () =>
    Effect.gen(function* () {
      const all = yield* events(plan)
      const [started] = tagged(all, "RunStarted")
      assert.deepStrictEqual(
        started?.metrics.map(({ name, streams }) => [name, streams]),
        [...streamed.map((name) => [name, true]), ["auc", false]]
      )
      for (const { metrics } of tagged(all, "StepEnded")) assert.deepStrictEqual(Object.keys(metrics), streamed)
      for (const { test, train } of tagged(all, "EpochEnded")) {
        assert.deepStrictEqual(Object.keys(train.metrics), streamed)
        assert.deepStrictEqual(Object.keys(test?.metrics ?? {}), [...streamed, "auc"])
        // The loss of an evaluation is plain cross entropy.
        assert.closeTo(test?.metrics["log-loss"] ?? Number.NaN, test?.loss ?? 0, 1e-5)
      }
      const [evaluated] = tagged(all, "Evaluated")
      if (evaluated === undefined) return assert.fail("no evaluation at the end")
      for (const name of [...streamed, "auc"]) {
        const { high, low } = evaluated.intervals[name] ?? assert.fail(`no interval of ${name}`)
        assert.isAtMost(low, high)
      }
      assert.deepStrictEqual(
        evaluated.details.map(({ _tag }) => _tag),
        ["PerClass", "Calibration"]
      )
    }).pipe(fresh)
  )

  it.effect("are the same where a run is resumed within an epoch", () =>
    Effect.gen(function* () {
      const whole = timeless(yield* fresh(events(plan)))
      const resumed = yield* fresh(
        Effect.gen(function* () {
          const trainer = yield* Trainer
          const stop = (event: TrainEvent) => event._tag === "CheckpointSaved" && event.step === 8
          yield* Stream.runDrain(Stream.takeUntil(trainer.events(plan), stop))
          return timeless(yield* events(plan, { resume: true }))
        })
      )
      assert.deepStrictEqual(resumed, whole.slice(-resumed.length))
      assert.strictEqual(tagged(resumed, "EpochEnded").length, 1)
    })
  )

  it.effect("that throw end the run with a PartError that says so", () =>
    Effect.gen(function* () {
      const broken = Metric.perSample({
        name: "broken",
        tasks: ["classes"],
        goal: "max",
        of: () => assert.fail("no value today")
      })
      const error = yield* Effect.flip(events(Plan.metrics([broken])(Plans.small)))
      assert.strictEqual(error._tag, "PartError")
      assert.include(error.message, "the metric of the plan threw: no value today")
    }).pipe(fresh)
  )
})
