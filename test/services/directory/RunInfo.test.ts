import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as RunInfo from "../../../src/services/directory/RunInfo.js"
import * as Plan from "../../../src/train/Plan.js"
import * as Plans from "../../support/Plans.js"

describe("run.json", () => {
  it.effect("is not read when a digit of the mean that the network takes has changed", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* fs.makeTempDirectoryScoped()}/run.json`
      const checked = yield* Effect.fromResult(Plan.check(Plans.small))
      const report = { tensorflow: null, kernels: null }
      const info = yield* RunInfo.collect({ startedAt: "2026-01-02T03:04:05.000Z", checked, report })
      yield* RunInfo.write(path, info)
      assert.deepStrictEqual(yield* RunInfo.read(path), info)
      const text = yield* fs.readFileString(path)
      assert.include(text, "0.5")
      yield* fs.writeFileString(path, text.replace("0.5", "0.6"))
      assert.match((yield* Effect.flip(RunInfo.read(path))).message, /run\.json is not as a run wrote it.*restore it/s)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
