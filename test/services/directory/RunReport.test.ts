import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as RunReport from "../../../src/services/directory/RunReport.js"
import * as EventLog from "../../../src/services/run/EventLog.js"
import * as Events from "../../support/Events.js"

const log = EventLog.encode(Events.finished({ epochs: 3, stepsPerEpoch: 4, mistakes: 2, validation: true }))
const files = ["curves.png", "curves.svg", "report.html", "summary.txt"]

const runOf = (text: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* fs.makeTempDirectoryScoped()
    yield* fs.writeFileString(`${directory}/events.jsonl`, text)
    return directory
  })

describe("RunReport.rebuild", () => {
  it.effect("makes the same bytes from the same log, again and elsewhere", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const bytes = (directory: string) => Effect.forEach(files, (file) => fs.readFile(`${directory}/${file}`))
      const [one, other] = [yield* runOf(log), yield* runOf(log)]
      yield* RunReport.rebuild(one)
      const first = yield* bytes(one)
      yield* RunReport.rebuild(other)
      yield* RunReport.rebuild(one)
      assert.deepStrictEqual(yield* bytes(one), first)
      assert.deepStrictEqual(yield* bytes(other), first)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("says which line a kill left half-written", () =>
    Effect.gen(function* () {
      const { cutLine } = yield* RunReport.rebuild(yield* runOf(log.slice(0, -20)))
      assert.strictEqual(cutLine, log.split("\n").length - 1)
      assert.strictEqual((yield* RunReport.rebuild(yield* runOf(log))).cutLine, null)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("writes nothing from a damaged log", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* runOf(log.replace("StepEnded", "StepEnde"))
      const error = yield* Effect.flip(RunReport.rebuild(directory))
      assert.strictEqual(error._tag, "EventLogError")
      assert.match(error.message, /events\.jsonl, line 2: unknown event "StepEnde"/)
      assert.deepStrictEqual(yield* fs.readDirectory(directory), ["events.jsonl"])
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
