import { readFileSync } from "node:fs"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import * as TensorBoard from "../../../src/services/reporters/TensorBoard.js"
import * as Record from "../../../src/services/reporters/tensorboard/Record.js"
import type { TrainEvent } from "../../../src/train/TrainEvent.js"
import * as EventFile from "../../support/EventFile.js"
import * as Events from "../../support/Events.js"

const Golden = Schema.Struct({ file: Schema.String, crc32c: Schema.Record(Schema.String, Schema.Number) })
const golden = Schema.decodeUnknownSync(Schema.fromJsonString(Golden))(
  readFileSync("test/golden/tensorboard.json", "utf8")
)

const small = { epochs: 2, stepsPerEpoch: 3, validation: true }
const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

const report = (directory: string, events: ReadonlyArray<TrainEvent>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { onEvent } = yield* TensorBoard.make(directory)
      for (const event of events) yield* onEvent(event)
    })
  )

const read = (directory: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const names = (yield* fs.readDirectory(directory)).sort()
    return yield* Effect.forEach(names, (name) => Effect.map(fs.readFile(`${directory}/${name}`), EventFile.decode))
  })

describe("an event file", () => {
  it("is byte for byte what TensorBoard's own writer writes", () => {
    const entries: ReadonlyArray<Record.Entry> = [
      { wallTime: 1767323045.25, step: 0, what: { _tag: "FileVersion" } },
      { wallTime: 1767323045.5, step: 9, what: { _tag: "Restart" } },
      {
        wallTime: 1767323046,
        step: 8,
        what: { _tag: "Text", tag: "run", text: "| | |\n| --- | --- |\n| network | ResNet-20 |" }
      },
      {
        wallTime: 1767323047.125,
        step: 9,
        what: { _tag: "Scalars", values: { "step/loss": 2.28125, "step/accuracy": 0.125 } }
      },
      {
        wallTime: 1767323048,
        step: 391000,
        what: { _tag: "Scalars", values: { "validation/loss": Number.NaN, "test/accuracy": 0 } }
      }
    ]
    assert.strictEqual(Buffer.concat(entries.map(Record.encode)).toString("base64"), golden.file)
  })

  it("has checksums as TensorBoard computes them", () => {
    for (const [text, sum] of Object.entries(golden.crc32c)) {
      assert.strictEqual(Record.crc32c(new TextEncoder().encode(text)), sum, JSON.stringify(text))
    }
  })
})

describe("TensorBoard", () => {
  it.effect("has every step and every epoch, at the number of steps done", () =>
    Effect.gen(function* () {
      const directory = `${yield* temporary}/tensorboard`
      const events = Events.finished(small)
      yield* report(directory, events)
      const [file = [], ...others] = yield* read(directory)
      assert.lengthOf(others, 0)
      assert.strictEqual(file[0]?.version, "brain.Event:2")
      const of = (tag: string) => file.flatMap(({ scalars, step }) => (tag in scalars ? [[step, scalars[tag]]] : []))
      const steps = events.flatMap((event) => (event._tag === "StepEnded" ? [event] : []))
      const epochs = events.flatMap((event) => (event._tag === "EpochEnded" ? [event] : []))
      assert.deepStrictEqual(
        of("step/loss"),
        steps.map(({ loss, step }) => [step + 1, Math.fround(loss)])
      )
      for (const set of ["train", "validation", "test"] as const) {
        assert.deepStrictEqual(
          of(`${set}/accuracy`),
          epochs.map((epoch) => [epoch.step, Math.fround(epoch[set]?.metrics.accuracy ?? -1)])
        )
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("of a resumed run is a second file that takes back what was logged after the checkpoint", () =>
    Effect.gen(function* () {
      const directory = `${yield* temporary}/tensorboard`
      const whole = Events.finished(small)
      yield* report(directory, Events.stopped(5, small))
      const rest = whole.findIndex((event) => event._tag === "StepEnded" && event.step === 3)
      yield* report(directory, [Events.started(small, 3, 4), ...whole.slice(rest)])
      const [first = [], second = []] = yield* read(directory)
      assert.include(
        first.flatMap(({ scalars, step }) => ("step/loss" in scalars ? [step] : [])),
        5
      )
      assert.deepStrictEqual(
        second.flatMap(({ restart, step }) => (restart === true ? [step] : [])),
        [4]
      )
      assert.deepStrictEqual(
        second.flatMap(({ scalars, step }) => ("step/loss" in scalars ? [step] : [])),
        [4, 5, 6]
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("of a run that was killed before its first checkpoint takes back everything", () =>
    Effect.gen(function* () {
      const directory = `${yield* temporary}/tensorboard`
      yield* report(directory, Events.stopped(2, small).slice(0, -1))
      yield* report(directory, Events.finished(small))
      const [, second = []] = yield* read(directory)
      assert.deepStrictEqual(
        second.flatMap(({ restart, step }) => (restart === true ? [step] : [])),
        [0]
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("says readably where it cannot write", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(report("/proc/none/tensorboard", [Events.started(small)]))
      assert.match(error.message, /reporter tensorboard: could not write .*none/)
      assert.include(error.message, "fix: ")
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
