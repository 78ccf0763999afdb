import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { isSupported } from "../../../src/services/native/Build.js"
import * as Locations from "../../../src/services/native/Locations.js"
import * as Usable from "../../../src/services/native/Usable.js"
import * as FakeAddon from "../../support/FakeAddon.js"

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "usable-"))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The places that are used of `locations`, and what is logged. */
const used = (...locations: ReadonlyArray<Locations.Location>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    const usable = yield* Effect.provide(Usable.among(locations), Logger.layer([logger]))
    return { from: usable.map(({ from }) => from), lines }
  })

describe.runIf(isSupported)("the addons that may be loaded", () => {
  it.effect(
    "of the project's node_modules only with the TensorFlow that is tested; others are passed over with a line",
    () =>
      Effect.gen(function* () {
        const older = FakeAddon.build(join(folder, "older"), { version: "2.9.1" })
        const tested = FakeAddon.build(join(folder, "tested"), { version: Locations.versions.tensorflow })
        assert.deepStrictEqual(yield* used({ from: "node_modules", directory: tested }), {
          from: ["node_modules"],
          lines: []
        })
        const { from, lines } = yield* used(
          { from: "node_modules", directory: older },
          { from: "cache", directory: tested }
        )
        assert.deepStrictEqual(from, ["cache"])
        assert.strictEqual(lines.length, 1)
        assert.include(lines[0], "has TensorFlow 2.9.1: tested is 2.21.0")
        // Asked for by name, it is used.
        assert.deepStrictEqual((yield* used({ from: "EFFECT_TENSORFLOW_NATIVE", directory: older })).from, [
          "EFFECT_TENSORFLOW_NATIVE"
        ])
      })
  )

  it.effect("of the project's node_modules not when it crashes", () =>
    Effect.gen(function* () {
      const directory = FakeAddon.build(join(folder, "crashing"), { version: "2.21.0", aborts: true })
      const { from, lines } = yield* used({ from: "node_modules", directory })
      assert.deepStrictEqual(from, [])
      assert.include(lines[0], "which does not load")
    })
  )

  it.effect("not if there is no addon", () =>
    Effect.gen(function* () {
      const directory = Locations.packageIn(join(folder, "nothing"))
      assert.deepStrictEqual(yield* used({ from: "node_modules", directory }, { from: "cache", directory }), {
        from: [],
        lines: []
      })
    })
  )
})
