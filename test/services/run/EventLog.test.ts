import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Result } from "effect"
import * as EventLog from "../../../src/services/run/EventLog.js"
import type { TrainEvent } from "../../../src/train/TrainEvent.js"
import * as Events from "../../support/Events.js"

const small = { epochs: 3, stepsPerEpoch: 4, mistakes: 2 }
const text = (events: ReadonlyArray<TrainEvent>) => events.map(EventLog.encode).join("")
const events = (log: EventLog.EventLog) => [log.started, ...log.rest]
const decode = (log: string) => Effect.fromResult(EventLog.decode(log, "events.jsonl"))

describe("EventLog", () => {
  it.effect("gives back every event that was written", () =>
    Effect.gen(function* () {
      const written = Events.finished({ ...small, validation: true })
      const log = yield* decode(text(written))
      assert.deepStrictEqual(events(log), written)
      assert.strictEqual(log.cutLine, null)
    })
  )

  it.effect("keeps a loss that is no number", () =>
    Effect.gen(function* () {
      const written = Events.epochs(small).map((event) =>
        event._tag === "StepEnded"
          ? { ...event, loss: event.step === 1 ? Number.NaN : Number.POSITIVE_INFINITY }
          : event
      )
      const losses = (yield* decode(text(written))).rest.flatMap((event) =>
        event._tag === "StepEnded" ? [event.loss] : []
      )
      assert.isNaN(losses[1])
      assert.strictEqual(losses[2], Number.POSITIVE_INFINITY)
    })
  )

  it.effect("leaves out a last line that was cut anywhere, and says so", () =>
    Effect.gen(function* () {
      const written = Events.epochs(small)
      const whole = text(written.slice(0, -1))
      const last = EventLog.encode(written.at(-1)!).trimEnd()
      for (let length = 1; length < last.length; length++) {
        const log = yield* decode(whole + last.slice(0, length))
        assert.strictEqual(log.rest.length, written.length - 2)
        assert.strictEqual(log.cutLine, written.length)
      }
      const complete = yield* decode(whole + last)
      assert.strictEqual(complete.rest.length, written.length - 1)
      assert.strictEqual(complete.cutLine, null)
    })
  )

  const bad: ReadonlyArray<readonly [name: string, log: string, line: number | null, says: RegExp]> = [
    ["an empty log", "", null, /holds no event/],
    ["a log of one cut line", '{"_tag":"RunSta', null, /holds no event/],
    [
      "a line that is no JSON",
      `${text(Events.epochs(small).slice(0, 2))}oops\n${text([Events.started()])}`,
      3,
      /no event/
    ],
    ["an empty line", `${text([Events.started()])}\n${text([Events.started()])}`, 2, /no event/],
    ["an unknown event", `${text([Events.started()])}{"_tag":"RunPaused"}\n`, 2, /"RunPaused".*StepEnded/],
    [
      "an event with a wrong field",
      `${text([Events.started()])}{"_tag":"RunStopped","step":"x","reason":""}\n`,
      2,
      /RunStopped.*step/s
    ],
    ["a log without beginning", text(Events.epochs(small).slice(1)), 1, /begins with RunStarted.*StepEnded/]
  ]
  it.effect.each(bad)("refuses %s, naming the line", ([, log, line, says]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(decode(log))
      assert.strictEqual(error._tag, "EventLogError")
      assert.strictEqual(error.line, line)
      assert.match(error.message, says)
      assert.match(error.message, /events\.jsonl/)
    })
  )

  it("cuts back to any step as if the run had stopped there", () => {
    const whole = Events.finished(small)
    for (let step = 1; step <= 12; step++) {
      const kept = EventLog.until(whole, step)
      assert.strictEqual(kept.filter((event) => event._tag === "StepEnded").length, step)
      assert.strictEqual(kept.filter((event) => event._tag === "EpochEnded").length, Math.floor(step / 4))
      assert.strictEqual(kept.filter((event) => event._tag === "CheckpointSaved").length, Math.floor(step / 4))
      assert.strictEqual(kept.filter((event) => event._tag === "Evaluated" || event._tag === "RunFinished").length, 0)
    }
  })

  it("forgets an earlier resumption that is done again", () => {
    const first = Events.stopped(6, small)
    const again = [...EventLog.until(first, 4), Events.started(small, 4), ...Events.epochs(small).slice(7, 9)]
    assert.deepStrictEqual(EventLog.until(again, 4), EventLog.until(first, 4))
  })

  it.effect("rewinds the file, and begins anew at step 0 or where there is none", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/events.jsonl`
      yield* EventLog.rewind(path, 8)
      assert.strictEqual(yield* fs.readFileString(path), "")
      yield* fs.writeFileString(path, `${text(Events.stopped(11, small))}{"_tag":"Step`)
      yield* EventLog.rewind(path, 8)
      assert.strictEqual(yield* fs.readFileString(path), text(EventLog.until(Events.stopped(11, small), 8)))
      yield* EventLog.rewind(path, 0)
      assert.strictEqual(yield* fs.readFileString(path), "")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("says which file is missing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(EventLog.read("/nowhere/events.jsonl"))
      assert.strictEqual(error.line, null)
      assert.match(error.message, /\/nowhere\/events\.jsonl.*does not exist/)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it("decodes to a Result, for those who have the text", () => {
    assert.isTrue(Result.isSuccess(EventLog.decode(text([Events.started()]), "x")))
  })
})
