import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Reporter, ReporterError, Reporters } from "../../../src/services/run/Reporters.js"
import * as Events from "../../support/Events.js"

const noting = (name: string, notes: Array<string>) =>
  Effect.acquireRelease(
    Effect.succeed<Reporter>({ onEvent: (event) => Effect.sync(() => notes.push(`${name} ${event._tag}`)) }),
    () => Effect.sync(() => notes.push(`${name} closed`))
  )

const report = Effect.flatMap(Reporters, (reporters) =>
  Effect.forEach(Events.stopped(1), reporters.onEvent, { discard: true })
)

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

  it.effect("fails as the reporter that failed", () =>
    Effect.gen(function* () {
      const failing = Effect.succeed<Reporter>({
        onEvent: () => Effect.fail(new ReporterError({ reporter: "x", reason: "broken", fix: "mend it" }))
      })
      const error = yield* Effect.flip(Effect.provide(report, Reporters.layer([failing])))
      assert.strictEqual(error.message, "reporter x: broken\n  fix: mend it")
    })
  )

  it.effect("can be nobody", () => Effect.provide(report, Reporters.layerNone))
})
