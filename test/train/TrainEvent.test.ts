import { assert, describe, it } from "@effect/vitest"
import { scoreOf } from "../../src/train/TrainEvent.js"
import * as Events from "../support/Events.js"

const events = Events.finished({ epochs: 1, stepsPerEpoch: 2, validation: true })
const tagged = (tag: string) => events.find(({ _tag }) => _tag === tag) ?? assert.fail(`no ${tag}`)

describe("the score of an event", () => {
  it("is that of the set at the end of an epoch", () => {
    const epoch = tagged("EpochEnded")
    if (epoch._tag !== "EpochEnded") return assert.fail("another event")
    assert.strictEqual(scoreOf(epoch, "train", "loss"), epoch.train.loss)
    assert.strictEqual(scoreOf(epoch, "validation", "accuracy"), epoch.validation?.metrics.accuracy)
    assert.strictEqual(scoreOf({ ...epoch, validation: null }, "validation", "accuracy"), undefined)
  })

  it("is that of the one set of an evaluation, and of the test set at the end of the run", () => {
    const evaluated = tagged("Evaluated")
    assert.strictEqual(scoreOf(evaluated, "test", "loss"), 0.412)
    assert.strictEqual(scoreOf(evaluated, "validation", "loss"), undefined)
    assert.strictEqual(scoreOf(tagged("RunFinished"), "test", "accuracy"), 0.8817)
    assert.strictEqual(scoreOf(tagged("RunFinished"), "train", "accuracy"), undefined)
  })

  it("is missing for an unknown metric and for events without scores", () => {
    assert.strictEqual(scoreOf(tagged("EpochEnded"), "test", "f1-macro"), undefined)
    assert.strictEqual(scoreOf(tagged("StepEnded"), "train", "loss"), undefined)
  })
})
