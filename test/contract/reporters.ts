import { readFileSync } from "node:fs"
import { NodeServices } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { parse } from "csv-parse/sync"
import { Duration, Effect, FileSystem, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as EpochRows from "../../src/services/report/EpochRows.js"
import * as Csv from "../../src/services/reporters/Csv.js"
import * as ProgressBar from "../../src/services/reporters/ProgressBar.js"
import * as Record from "../../src/services/reporters/tensorboard/Record.js"
import * as EventLog from "../../src/services/run/EventLog.js"
import * as Events from "../support/Events.js"
import * as Stderr from "../support/Stderr.js"
import type { Row } from "./Row.js"

const Golden = Schema.Struct({
  source: Schema.String,
  file: Schema.String,
  crc32c: Schema.Record(Schema.String, Schema.Number)
})
const golden = Schema.decodeUnknownSync(Schema.fromJsonString(Golden))(
  readFileSync(new URL("../golden/tensorboard.json", import.meta.url), "utf8")
)

const events = Events.finished({ epochs: 2, stepsPerEpoch: 3, validation: true })

/** Every reporter beside what reads its output. */
export const rows: ReadonlyArray<Row> = [
  {
    name: "tensorboard: event file",
    source: golden.source,
    reference: "the bytes of a scalar event",
    tolerance: "exact",
    check: Effect.sync(() => {
      const values = { "step/loss": 2.28125, "step/accuracy": 0.125 }
      const record = Record.encode({ wallTime: 1767323047.125, step: 9, what: { _tag: "Scalars", values } })
      assert.isTrue(Buffer.from(golden.file, "base64").includes(Buffer.from(record)))
    })
  },
  {
    name: "tensorboard: CRC-32C",
    source: golden.source,
    reference: "of 123456789: e3069283",
    tolerance: "exact",
    check: Effect.sync(() => {
      assert.strictEqual(Record.crc32c(new TextEncoder().encode("123456789")), golden.crc32c["123456789"])
    })
  },
  {
    name: "csv",
    source: "csv-parse 6.2.1, parse",
    reference: "the loss of each step",
    tolerance: "exact",
    check: Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      const { onEvent } = yield* Csv.make({ directory, steps: true })
      for (const event of events) yield* onEvent(event)
      const table: ReadonlyArray<{ readonly loss: string }> = parse(
        yield* fs.readFileString(`${directory}/steps.csv`),
        { columns: true }
      )
      assert.deepStrictEqual(
        table.map(({ loss }) => Number(loss)),
        events.flatMap((event) => (event._tag === "StepEnded" ? [event.loss] : []))
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer), Effect.orDie)
  },
  {
    name: "jsonl",
    source: "JSON.parse of ECMAScript",
    reference: "the tag of each event",
    tolerance: "exact",
    check: Effect.sync(() => {
      const lines = EventLog.encode(events).trimEnd().split("\n")
      assert.deepStrictEqual(
        lines.map((line) => JSON.parse(line)._tag),
        events.map(({ _tag }) => _tag)
      )
    })
  },
  {
    name: "progress bar",
    source: "by hand: 2 of 3 steps of 5 s done, 2 epochs",
    reference: "20s left",
    tolerance: "exact",
    check: Effect.gen(function* () {
      const stderr = Stderr.make(false)
      const { onEvent } = yield* Effect.provide(ProgressBar.make({ every: Duration.seconds(10) }), stderr.layer)
      for (const event of events.slice(0, 3)) {
        if (event._tag === "StepEnded") yield* TestClock.adjust("5 seconds")
        yield* onEvent(event)
      }
      assert.match(stderr.text(), /^epoch 1\/2 {2}step 2\/3 {2}loss .* 20s left\n$/)
    }).pipe(Effect.scoped, Effect.provide(TestClock.layer()), Effect.orDie)
  },
  {
    name: "epoch table",
    source: "by hand",
    reference: "1 0.1 1.9705",
    tolerance: "exact",
    check: Effect.sync(() => {
      const epoch = events.find((event) => event._tag === "EpochEnded")
      const cells =
        epoch === undefined ? "" : EpochRows.row(EpochRows.columns(Events.started({ validation: true })), epoch)
      assert.match(cells, /^\s*1\s+0\.1\s+1\.9\d{3}\s/)
    })
  }
]
