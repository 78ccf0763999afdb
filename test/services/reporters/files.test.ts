import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as ReportFiles from "../../../src/services/directory/ReportFiles.js"
import * as Jsonl from "../../../src/services/reporters/Jsonl.js"
import * as EventLog from "../../../src/services/run/EventLog.js"
import type { TrainEvent } from "../../../src/train/TrainEvent.js"
import * as Events from "../../support/Events.js"

const small = { epochs: 3, stepsPerEpoch: 4, mistakes: 2 }
const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

const report = (directory: string, events: ReadonlyArray<TrainEvent>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const jsonl = yield* Jsonl.make(`${directory}/events.jsonl`)
      const files = yield* ReportFiles.make(directory)
      for (const event of events) {
        yield* jsonl.onEvent(event)
        yield* files.onEvent(event)
      }
    })
  )

describe("Jsonl", () => {
  it.effect("has each event in the file before it is told the next", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* temporary}/events.jsonl`
      const reporter = yield* Jsonl.make(path)
      const events = Events.finished(small)
      for (const [index, event] of events.entries()) {
        yield* reporter.onEvent(event)
        assert.strictEqual(yield* fs.readFileString(path), EventLog.encode(events.slice(0, index + 1)))
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("after a kill and a resumption holds the events of one whole run", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* temporary
      const whole = Events.finished(small)
      // Killed at step 10 in the midst of a line; the last checkpoint is that after step 8, when 10 events were told.
      yield* report(directory, Events.stopped(10, small).slice(0, -1))
      yield* fs.writeFileString(`${directory}/events.jsonl`, '{"_tag":"Step', { flag: "a" })
      const done = EventLog.until(whole, 10).length
      yield* report(directory, [Events.started(small, 8, 10), ...whole.slice(done)])
      const { started, rest, cutLine } = yield* EventLog.read(`${directory}/events.jsonl`)
      assert.strictEqual(cutLine, null)
      assert.deepStrictEqual(
        [started, ...rest].filter((event) => event._tag !== "RunStarted" || event.step === 0),
        whole
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("says readably that the disk is full", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* temporary
      const full: FileSystem.FileSystem = {
        ...fs,
        open: (path, options) => (options?.flag === "a" ? fs.open("/dev/full", options) : fs.open(path, options))
      }
      const error = yield* Effect.flip(
        report(directory, Events.epochs(small)).pipe(Effect.provideService(FileSystem.FileSystem, full))
      )
      assert.strictEqual(error._tag, "ReporterError")
      assert.match(error.message, /reporter jsonl: could not write .*events\.jsonl: no space is left on the disk/)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("refuses to go on with a log that is damaged, and leaves it as it is", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* temporary
      const log = `${EventLog.encode([Events.started(small)])}oops\n`
      yield* fs.writeFileString(`${directory}/events.jsonl`, log)
      const error = yield* Effect.flip(report(directory, [Events.started(small, 4, 5)]))
      assert.match(error.message, /events\.jsonl, line 2: this is no event/)
      assert.strictEqual(yield* fs.readFileString(`${directory}/events.jsonl`), log)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

describe("ReportFiles", () => {
  it.effect("leaves curves, report and summary when a run finishes or stops", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      for (const events of [Events.finished(small), Events.stopped(6, small), Events.stopped(0, small)]) {
        const directory = yield* temporary
        yield* report(directory, events)
        assert.deepStrictEqual((yield* fs.readDirectory(directory)).sort(), [
          "curves.png",
          "curves.svg",
          "events.jsonl",
          "report.html",
          "summary.txt"
        ])
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("says what is missing when the run was not logged", () =>
    Effect.gen(function* () {
      const reporter = yield* ReportFiles.make(yield* temporary)
      const error = yield* Effect.flip(reporter.onEvent({ _tag: "RunStopped", step: 1, reason: "interrupted" }))
      assert.match(error.message, /reporter report: .*is no run directory/)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
