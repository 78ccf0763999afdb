import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, PlatformError } from "effect"
import * as Disk from "../../../src/services/directory/Disk.js"
import * as RunDirectory from "../../../src/services/directory/RunDirectory.js"

describe("the disk of a run", () => {
  it("has room for four states, or a message that says what is needed and what is left", () => {
    assert.strictEqual(Disk.problem("/runs/a", 250e6, 1e9), undefined)
    const error = Disk.problem("/runs/a", 250e6 + 1, 1e9)
    assert.strictEqual(error?.check, "disk")
    assert.include(error?.message, "the checkpoints of the run need 1.0 GB, and the disk of /runs/a has 1.0 GB left")
    assert.include(Disk.problem("/runs/a", 25e6, 3e6)?.message, "need 100 MB, and the disk of /runs/a has 3 MB left")
  })

  it.effect("is asked for its free space", () =>
    Effect.gen(function* () {
      const run = yield* RunDirectory.at("/")
      yield* Disk.checkSpace(run, 1)
      const error = yield* Effect.flip(Disk.checkSpace(run, 1e18))
      assert.include(error.message, "need 4000000000.0 GB")
      // Without free space to speak of, or not there at all: the system does not tell.
      yield* Disk.checkSpace(yield* RunDirectory.at("/proc"), 1e18)
      yield* Disk.checkSpace(yield* RunDirectory.at("/none/such"), 1e18)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("lets checkpoints be written, where the system says so", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const run = yield* RunDirectory.at(yield* fs.makeTempDirectoryScoped())
      // Not there yet.
      yield* Disk.checkPermission(run)
      yield* fs.makeDirectory(run.checkpoints)
      yield* Disk.checkPermission(run)
      const denied = PlatformError.systemError({
        _tag: "PermissionDenied",
        module: "FileSystem",
        method: "access",
        cause: new Error("EACCES: permission denied")
      })
      const error = yield* Disk.checkPermission(run).pipe(
        Effect.provideService(FileSystem.FileSystem, { ...fs, access: () => Effect.fail(denied) }),
        Effect.flip
      )
      assert.match(error.message, /checkpoints cannot be written in .*: permission is denied/)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
