import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Reporter, ReporterError, Reporters } from "../../../src/services/run/Reporters.js"
import type { TrainEvent } from "../../../src/train/TrainEvent.js"
import * as Events from "../../support/Events.js"
import { logged } from "../../support/Logged.js"

const noting = (name: string, notes: Array<string>) =>
  Effect.acquireRelease(
    Effect.succeed<Reporter>({ name, onEvent: (event) => Effect.sync(() => notes.push(`${name} ${event._tag}`)) }),
    () => Effect.sync(() => notes.push(`${name} closed`))
  )

const report = Effect.flatMap(Reporters, (reporters) =>
  Effect.forEach(Events.stopped(1), reporters.onEvent, { discard: true })
)

/** A reporter that does not survive the event. */
const failing = (tag: TrainEvent["_tag"], failure: Effect.Effect<never, ReporterError>, name = "bad") =>
  Effect.succeed<Reporter>({ name, onEvent: (event) => (event._tag === tag ? failure : Effect.void) })

const broken = Effect.fail(new ReporterError({ reporter: "bad", reason: "broken", fix: "mend it" }))

describe("Reporters", () => {
  it.effect("tells each reporter every event in order, and closes them", () =>
    Effect.gen(function* () {
      const notes: Array<string> = []
      yield* Effect.provide(report, Reporters.layer([noting("a", notes), noting("b", notes)]))
      assert.deepStrictEqual(notes, [
        "a RunStarted",
        "b RunStarted",
        "a StepEnded",
        "b StepEnded",
        "a RunStopped",
        "b RunStopped",
        "b closed",
        "a closed"
      ])
    })
  )

  const failures: ReadonlyArray<readonly [name: string, failure: Effect.Effect<never, ReporterError>, says: string]> = [
    ["fails", broken, "broken"],
    ["dies", Effect.die(new Error("a defect")), "a defect"],
    [
      "throws",
      Effect.sync((): never => {
        throw "a string"
      }),
      "a string"
    ]
  ]
  it.effect.each(failures)("goes on without a reporter that %s, which the others and the log are told once", (row) =>
    Effect.gen(function* () {
      const [, failure, says] = row
      for (const tag of ["RunStarted", "StepEnded", "RunStopped"] as const) {
        const notes: Array<string> = []
        const { lines } = yield* logged(
          Effect.provide(report, Reporters.layer([noting("a", notes), failing(tag, failure), noting("b", notes)]))
        )
        assert.strictEqual(lines.length, 1)
        assert.include(lines[0], "the reporter bad failed")
        assert.include(lines[0], says)
        for (const name of ["a", "b"]) {
          const told = notes.flatMap((note) => (note.startsWith(`${name} `) ? [note.slice(2)] : []))
          const expected = ["RunStarted", "StepEnded", "RunStopped", "closed"]
          // After the event that it failed on, so that a log still begins with the beginning of the run.
          assert.deepStrictEqual(told, expected.toSpliced(expected.indexOf(tag) + 1, 0, "ReporterFailed"))
        }
      }
    })
  )

  it.effect("tells a reporter that throws instead of giving an effect no more either", () =>
    Effect.gen(function* () {
      let told = 0
      const throwing = Effect.succeed<Reporter>({
        name: "bad",
        onEvent: () => {
          told += 1
          throw new Error("at once")
        }
      })
      const { lines } = yield* logged(Effect.provide(report, Reporters.layer([throwing])))
      assert.deepStrictEqual([told, lines.length], [1, 1])
    })
  )

  it.effect("tells of several that fail together one after the other, and each once", () =>
    Effect.gen(function* () {
      const notes: Array<string> = []
      const makers = [
        failing("StepEnded", broken, "x"),
        failing("StepEnded", broken, "y"),
        failing("ReporterFailed", broken, "z"),
        noting("a", notes)
      ]
      const { lines } = yield* logged(Effect.provide(report, Reporters.layer(makers)))
      assert.deepStrictEqual(
        lines.map((line) => line.split(" ")[2]),
        ["x", "y", "z"]
      )
      assert.strictEqual(notes.filter((note) => note === "a ReporterFailed").length, 3)
    })
  )

  it.effect("goes on after a reporter that interrupts itself", () =>
    Effect.gen(function* () {
      const notes: Array<string> = []
      yield* Effect.provide(report, Reporters.layer([failing("StepEnded", Effect.interrupt), noting("a", notes)]))
      assert.strictEqual(notes.length, 4)
    })
  )

  it.effect("can be nobody", () => Effect.provide(report, Reporters.layerNone))
})
