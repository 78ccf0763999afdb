import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Option, Result } from "effect"
import { Checkpoints } from "../../../src/services/run/Checkpoints.js"
import * as Plan from "../../../src/train/Plan.js"
import * as PlanRecord from "../../../src/train/PlanRecord.js"
import * as Progress from "../../../src/train/Progress.js"
import * as Plans from "../../support/Plans.js"

const environment = {
  backend: "wasm",
  tensorflow: null,
  onednn: false,
  instructions: "avx2",
  device: "a processor",
  threads: 1,
  kernels: null
}

describe("a checkpoint that a killed process has not renamed yet", () => {
  it.effect.each([["whole"], ["half-written"]])("is no checkpoint, be it %s, and no damaged one", ([content]) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = `${yield* fs.makeTempDirectoryScoped()}/checkpoints`
      const checkpoints = yield* Effect.provide(Checkpoints, Checkpoints.layerFileSystem(directory))
      const location = yield* checkpoints.save({
        run: "a run",
        plan: PlanRecord.of(Result.getOrThrow(Plan.check(Plans.small))),
        environment,
        progress: Progress.start,
        pending: { evaluate: [], save: false, restore: null, restoreAtEnd: null },
        kept: {},
        policies: {},
        epoch: { loss: 0, total: 0, metrics: {} },
        validation: null,
        train: { step: 0, groups: {} }
      })
      // No process has this number: the highest that Linux gives is below it.
      yield* fs.rename(location, `${location}.99999999-0123abcd.tmp`)
      if (content === "half-written") yield* fs.remove(`${location}.99999999-0123abcd.tmp/manifest.json`)
      assert.deepStrictEqual(yield* checkpoints.list, { entries: [], damaged: [] })
      assert.isTrue(Option.isNone(yield* checkpoints.latest("a run")))
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
