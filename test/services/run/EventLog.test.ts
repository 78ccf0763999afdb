import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Result, Schema } from "effect"
import * as EventLog from "../../../src/services/run/EventLog.js"
import { isDetermined, TrainEvent } from "../../../src/train/TrainEvent.js"
import * as Events from "../../support/Events.js"

const small = { epochs: 3, stepsPerEpoch: 4, mistakes: 2 }
const text = EventLog.encode
const events = (log: EventLog.EventLog) => [log.started, ...log.rest]
const decode = (log: string) => Effect.fromResult(EventLog.decode(log, "events.jsonl"))

/** A value as JSON can hold it: with zeros that have no sign. */
const unsigned = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(unsigned)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, unsigned(member)]))
      : value === 0
        ? 0
        : value

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

  // NaN and infinities, and texts of any kind, among them.
  it.effect.prop("gives back any event", [Schema.Array(TrainEvent)], ([rest]) =>
    Effect.gen(function* () {
      const written = [Events.started(), ...rest]
      assert.deepStrictEqual(events(yield* decode(text(written))), unsigned(written))
    })
  )

  it.effect("leaves out a last line that was cut anywhere, and says so", () =>
    Effect.gen(function* () {
      const written = Events.epochs(small)
      const whole = text(written)
      const first = text(written.slice(0, -1)).length
      for (let length = first + 1; length < whole.length - 1; length++) {
        const log = yield* decode(whole.slice(0, length))
        assert.strictEqual(log.rest.length, written.length - 2)
        assert.strictEqual(log.cutLine, written.length)
      }
      const complete = yield* decode(whole.trimEnd())
      assert.strictEqual(complete.rest.length, written.length - 1)
      assert.strictEqual(complete.cutLine, null)
    })
  )

  it("finds every byte that was altered, and every line that is missing, moved or doubled", () => {
    const written = Events.finished({ epochs: 1, stepsPerEpoch: 2, mistakes: 0 })
    const bytes = new TextEncoder().encode(text(written))
    const decoder = new TextDecoder()
    const last = text(written.slice(0, -1)).length
    for (let i = 0; i < bytes.length; i++) {
      for (const bit of [0, 5]) {
        const log = EventLog.decode(decoder.decode(bytes.with(i, (bytes[i] ?? 0) ^ (1 << bit))), "x")
        // Of the last line alone, a kill may have left anything, once its newline is gone.
        if (Result.isSuccess(log)) {
          assert.isTrue(i === bytes.length - 1, `byte ${i} of ${bytes.length}, the last line begins at ${last}`)
          assert.isNotNull(log.success.cutLine)
        }
      }
    }
    const lines = decoder.decode(bytes).trimEnd().split("\n")
    for (let i = 1; i < lines.length - 1; i++) {
      const swapped = lines.with(i, lines[i + 1] ?? "").with(i + 1, lines[i] ?? "")
      for (const altered of [lines.toSpliced(i, 1), lines.toSpliced(i, 0, lines[i] ?? ""), swapped]) {
        assert.isTrue(Result.isFailure(EventLog.decode(`${altered.join("\n")}\n`, "x")), `line ${i}`)
      }
    }
  })

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

  it("cuts back to any event as if the run had stopped there", () => {
    const whole = Events.finished(small)
    const determined = whole.filter(isDetermined)
    for (let count = 0; count <= determined.length; count++) {
      const kept = EventLog.until(whole, count)
      assert.deepStrictEqual(kept.filter(isDetermined), determined.slice(0, count))
      assert.strictEqual(kept.filter((event) => event._tag === "CheckpointSaved").length, Math.floor(count / 5))
      assert.strictEqual(kept.filter((event) => event._tag === "RunFinished").length, 0)
    }
  })

  it("forgets an earlier resumption that is done again", () => {
    const first = Events.stopped(6, small)
    const again = [...EventLog.until(first, 5), Events.started(small, 4, 5), ...Events.epochs(small).slice(7, 9)]
    assert.deepStrictEqual(EventLog.until(again, 5), EventLog.until(first, 5))
  })

  const checkpoint = { step: 8, events: 10, location: "checkpoints/2" }

  it("has the event of the checkpoint, also when a kill kept it out of the log", () => {
    const whole = Events.epochs(small)
    const saved = whole.findLastIndex((event) => event._tag === "CheckpointSaved" && event.step === 8)
    const log = (events: ReadonlyArray<TrainEvent>) => ({
      path: "x",
      started: Events.started(small),
      rest: events.slice(1),
      cutLine: null
    })
    const [there, missing] = [saved + 1, saved].map((end) =>
      Result.getOrThrow(EventLog.rewound(log(whole.slice(0, end)), checkpoint))
    )
    assert.deepStrictEqual(there, whole.slice(0, saved + 1))
    assert.deepStrictEqual(missing, there)
    const short = EventLog.rewound(log(whole.slice(0, saved - 1)), checkpoint)
    assert.match(Result.isFailure(short) ? short.failure.message : "", /ends after 9 of the 10 events.*move it away/s)
  })

  it("that begins at a checkpoint, since the log before it was moved away, can go on as well", () => {
    const whole = Events.finished(small)
    const rest = whole.slice(EventLog.until(whole, 10).length)
    const log = { path: "x", started: Events.started(small, 8, 10), rest, cutLine: null }
    const kept = Result.getOrThrow(EventLog.rewound(log, { step: 12, events: 15, location: "checkpoints/3" }))
    assert.deepStrictEqual(kept, [log.started, ...rest.slice(0, 6)])
  })

  it.effect("rewinds the file, and begins anew in a new run or where there is none", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/events.jsonl`
      const resumed = Events.started(small, 8, 10)
      yield* EventLog.rewind(path, resumed)
      assert.strictEqual(yield* fs.readFileString(path), "")
      yield* fs.writeFileString(path, `${text(Events.stopped(11, small))}{"_tag":"Step`)
      const sum = yield* EventLog.rewind(path, resumed)
      const kept = EventLog.until(Events.stopped(11, small), 10)
      assert.strictEqual(yield* fs.readFileString(path), text(kept))
      assert.strictEqual(text(kept) + EventLog.append(sum, resumed).line, text([...kept, resumed]))
      yield* EventLog.rewind(path, Events.started(small))
      assert.strictEqual(yield* fs.readFileString(path), "")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("can begin again without a checkpoint, unless it tells of one", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/events.jsonl`
      const cut = text([Events.started(small)]).slice(0, -5)
      for (const log of [cut, "", text(Events.stopped(3, small))]) {
        yield* fs.writeFileString(path, log)
        yield* EventLog.checkResume(path, null)
        assert.strictEqual(yield* fs.readFileString(path), log)
      }
      yield* fs.writeFileString(path, text(Events.stopped(5, small)))
      const error = yield* Effect.flip(EventLog.checkResume(path, null))
      assert.match(error.message, /checkpoint after step 4 in checkpoints\/1, and the run has none/)
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
