import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { parse } from "csv-parse/sync"
import { Effect, FileSystem } from "effect"
import * as Csv from "../../../src/services/reporters/Csv.js"
import * as EventLog from "../../../src/services/run/EventLog.js"
import type { TrainEvent } from "../../../src/train/TrainEvent.js"
import * as Events from "../../support/Events.js"

const small = { epochs: 3, stepsPerEpoch: 4, validation: true }
const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

const report = (directory: string, events: ReadonlyArray<TrainEvent>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { onEvent } = yield* Csv.make({ directory, steps: true })
      for (const event of events) yield* onEvent(event)
    })
  )

const read = (path: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(path)).pipe(
    Effect.map((text): ReadonlyArray<Record<string, string>> => parse(text, { columns: true }))
  )

describe("Csv", () => {
  it.effect("has a row for each epoch and for each step, with the numbers of the events", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      const events = Events.finished(small)
      yield* report(directory, events)
      const epochs = events.flatMap((event) => (event._tag === "EpochEnded" ? [event] : []))
      const rows = yield* read(`${directory}/epochs.csv`)
      assert.deepStrictEqual(
        rows.map((row) => [row.epoch, row.step, row.train_loss, row.validation_accuracy, row.test_loss].map(Number)),
        epochs.map(({ epoch, step, test, train, validation }) => [
          epoch + 1,
          step,
          train.loss,
          validation?.metrics.accuracy ?? Number.NaN,
          test?.loss ?? Number.NaN
        ])
      )
      const steps = events.flatMap((event) => (event._tag === "StepEnded" ? [event] : []))
      assert.deepStrictEqual(
        (yield* read(`${directory}/steps.csv`)).map(({ loss, rate, step }) => [step, loss, rate].map(Number)),
        steps.map(({ loss, rate, step }) => [step + 1, loss, rate])
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("has a row without an epoch for scores that no epoch has", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      const events = Events.finished(small).map(
        (event): TrainEvent => (event._tag === "EpochEnded" ? { ...event, test: null } : event)
      )
      yield* report(directory, events)
      const rows = yield* read(`${directory}/epochs.csv`)
      assert.deepStrictEqual(
        rows.map(({ epoch, step, test_accuracy }) => [epoch, step, test_accuracy]),
        [
          ["1", "4", ""],
          ["2", "8", ""],
          ["3", "12", ""],
          ["", "12", "0.8817"]
        ]
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("of a resumed run is that of one whole run, byte for byte", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const [directory, other] = [yield* temporary, yield* temporary]
      const whole = Events.finished(small)
      yield* report(other, whole)
      // Killed at step 10 in the midst of a line; the last checkpoint is that after step 8, when 10 events were told.
      yield* report(directory, Events.stopped(10, small).slice(0, -1))
      yield* fs.writeFileString(`${directory}/steps.csv`, "11,3,0.", { flag: "a" })
      yield* report(directory, [Events.started(small, 8, 10), ...whole.slice(EventLog.until(whole, 10).length)])
      for (const name of ["epochs.csv", "steps.csv"]) {
        assert.strictEqual(
          yield* fs.readFileString(`${directory}/${name}`),
          yield* fs.readFileString(`${other}/${name}`)
        )
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("of a new run replaces what was there", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      yield* report(directory, Events.finished(small))
      yield* report(directory, [Events.started(small)])
      assert.deepStrictEqual(yield* read(`${directory}/epochs.csv`), [])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("says readably that the disk is full", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const full: FileSystem.FileSystem = {
        ...fs,
        open: (path, options) => (options?.flag === "a" ? fs.open("/dev/full", options) : fs.open(path, options))
      }
      const error = yield* Effect.flip(
        report(yield* temporary, Events.epochs(small)).pipe(Effect.provideService(FileSystem.FileSystem, full))
      )
      assert.match(error.message, /reporter csv: could not write .*steps\.csv: no space is left on the disk/)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
