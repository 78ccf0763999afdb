import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as EpochTable from "../../../src/services/reporters/EpochTable.js"
import * as Progress from "../../../src/services/reporters/ProgressBar.js"
import { Reporters } from "../../../src/services/run/Reporters.js"
import type { TrainEvent } from "../../../src/train/TrainEvent.js"
import * as Events from "../../support/Events.js"
import * as Stderr from "../../support/Stderr.js"

const escape = "\u001b"
const codes = new RegExp(`${escape}\\[[?\\d]*[a-zA-Z]`, "g")
const small = { epochs: 3, stepsPerEpoch: 4 }
const makers = [Progress.make({ every: Duration.seconds(10) }), EpochTable.make]

// Each step takes 5 seconds of the test's clock.
const report = (events: ReadonlyArray<TrainEvent>) =>
  Effect.gen(function* () {
    const { onEvent } = yield* Reporters
    for (const event of events) {
      if (event._tag === "StepEnded") yield* TestClock.adjust("5 seconds")
      yield* onEvent(event)
    }
  }).pipe(Effect.provide(Reporters.layer(makers)))

describe("Progress and EpochTable", () => {
  it.effect("write plain lines where there is no terminal", () =>
    Effect.gen(function* () {
      const stderr = Stderr.make(false)
      yield* report(Events.finished({ ...small, validation: true })).pipe(Effect.provide(stderr.layer))
      const lines = stderr.text().trimEnd().split("\n")
      assert.isFalse(stderr.text().includes(escape) || stderr.text().includes("\r"))
      assert.strictEqual(lines.length, 6 + 1 + 3)
      assert.match(
        lines[0]!,
        /^epoch 1\/3 {2}step 2\/4 {2}loss \d\.\d{4} {2}acc \d+\.\d\d% {2}\d+ images\/s {2}50s left$/
      )
      assert.match(lines[1]!, /^epoch 1\/3 {2}step 4\/4 .* 40s left$/)
      assert.match(
        lines[2]!,
        /^epoch +rate +train loss +train acc +valid loss +valid acc +test loss +test acc +images\/s +seconds$/
      )
      const table = lines.filter((line) => !line.includes("left"))
      assert.deepStrictEqual(
        table.map((line) => line.length),
        Array(4).fill(table[0]!.length)
      )
      assert.strictEqual(table.filter((line) => line.includes("train loss")).length, 1)
      assert.match(table[3]!, /^ {4}3 .*\d\.\d$/)
    }).pipe(Effect.scoped)
  )

  it.effect("leave out the columns of sets that are not there", () =>
    Effect.gen(function* () {
      const stderr = Stderr.make(false)
      yield* report(Events.finished(small)).pipe(Effect.provide(stderr.layer))
      assert.notMatch(stderr.text(), /valid/)
    }).pipe(Effect.scoped)
  )

  it.effect("counts the time left of a resumed run from where it was resumed", () =>
    Effect.gen(function* () {
      const stderr = Stderr.make(false)
      const events = [
        Events.started(small, 8, 10),
        ...Events.epochs(small)
          .filter((event) => event._tag === "StepEnded")
          .slice(8)
      ]
      yield* report(events).pipe(Effect.provide(stderr.layer))
      assert.match(stderr.text(), /^epoch 3\/3 {2}step 2\/4 .* 10s left\n/)
    }).pipe(Effect.scoped)
  )

  it.effect("draw a bar on a terminal that is gone where a row is written", () =>
    Effect.gen(function* () {
      const stderr = Stderr.make(true)
      yield* report(Events.finished(small)).pipe(Effect.provide(stderr.layer))
      const text = stderr.text()
      assert.match(text, /epoch 1\/3 \[█+░+\] 25% {2}loss \d\.\d{4} {2}acc \d+\.\d\d% {2}\d+ images\/s {2}55s left/)
      assert.match(text, /epoch 3\/3 \[█{24}\] 100% .* 0s left/)
      // What the person sees: of each line only what stands after the last return to its beginning.
      const seen = text.split("\n").map((line) => line.split(`${escape}[1G`).at(-1)!.replace(codes, ""))
      assert.deepStrictEqual(
        seen.map((line) => line.trim().split(/ +/)[0]),
        ["epoch", "1", "2", "3", ""]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("give the cursor back when the run is interrupted in mid-epoch", () =>
    Effect.gen(function* () {
      const stderr = Stderr.make(true)
      yield* Effect.scoped(report(Events.stopped(2, small).slice(0, -1)).pipe(Effect.provide(stderr.layer)))
      assert.isAbove(stderr.text().lastIndexOf(`${escape}[?25h`), stderr.text().lastIndexOf(`${escape}[?25l`))
    })
  )
})
