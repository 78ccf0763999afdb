import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as RunDirectory from "../../../src/services/directory/RunDirectory.js"
import * as RunInfo from "../../../src/services/directory/RunInfo.js"
import * as Files from "../../../src/services/files/Files.js"

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

describe("RunDirectory", () => {
  it.effect("makes a new directory with its parents", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const run = yield* RunDirectory.create(`${yield* temporary}/a/b`, { resume: false })
      assert.isTrue(yield* fs.exists(run.checkpoints))
      assert.strictEqual(run.report, `${run.path}/report.html`)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("takes an existing run only to resume it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* temporary
      yield* fs.writeFileString(`${path}/run.json`, "{}")
      const error = yield* Effect.flip(RunDirectory.create(path, { resume: false }))
      assert.match(error.message, /already holds a run.*--resume/s)
      assert.strictEqual((yield* RunDirectory.create(path, { resume: true })).path, path)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("never takes a directory with other things in it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* temporary
      yield* fs.writeFileString(`${path}/thesis.tex`, "")
      for (const resume of [true, false]) {
        assert.match(
          (yield* Effect.flip(RunDirectory.create(path, { resume }))).message,
          /holds no run \(thesis\.tex\)/
        )
      }
      assert.deepStrictEqual(yield* fs.readDirectory(path), ["thesis.tex"])
      assert.match((yield* Effect.flip(RunDirectory.open(path))).message, /is no run directory/)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("says why a directory cannot be made or opened", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* temporary
      yield* fs.writeFileString(`${path}/file`, "")
      assert.match(
        (yield* Effect.flip(RunDirectory.create(`${path}/file/run`, { resume: false }))).message,
        /is a file/
      )
      assert.match((yield* Effect.flip(RunDirectory.open(`${path}/none`))).message, /none: it does not exist/)
      // Node's own way to make directories with their parents never ends there.
      assert.match(
        (yield* Effect.flip(RunDirectory.create("/proc/none/run", { resume: false }))).message,
        /could not make the run directory \/proc\/none\/run: /
      )
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

describe("Files.writeAtomic", () => {
  it.effect("replaces a file and leaves no temporary one", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* temporary
      yield* Files.writeAtomic(`${path}/a`, "one")
      yield* Files.writeAtomic(`${path}/a`, new Uint8Array([0x74, 0x77, 0x6f]))
      assert.strictEqual(yield* fs.readFileString(`${path}/a`), "two")
      assert.deepStrictEqual(yield* fs.readDirectory(path), ["a"])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("leaves the old file when it fails", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* temporary
      yield* Files.writeAtomic(`${path}/a`, "one")
      // /dev/full is a real file system's "no space left on device".
      const full = { ...fs, open: () => fs.open("/dev/full", { flag: "w" }) }
      const error = yield* Effect.flip(
        Files.writeAtomic(`${path}/a`, "two").pipe(Effect.provideService(FileSystem.FileSystem, full))
      )
      assert.match(error.message, /could not write .*no space is left on the disk.*free some space/s)
      assert.strictEqual(yield* fs.readFileString(`${path}/a`), "one")
      assert.deepStrictEqual(yield* fs.readDirectory(path), ["a"])
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

describe("RunInfo", () => {
  it.effect("is read back as it was written", () =>
    Effect.gen(function* () {
      const path = `${yield* temporary}/run.json`
      const info = yield* RunInfo.collect({ startedAt: "2026-01-02T03:04:05.000Z", seed: 7, tensorflow: "2.21.0" })
      assert.match(info.versions.effect, /^\d+\.\d+\.\d+/)
      yield* RunInfo.write(path, { ...info, weightDigest: "00" })
      assert.deepStrictEqual(yield* RunInfo.read(path), { ...info, weightDigest: "00" })
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("says what is wrong with a file that is none", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* temporary}/run.json`
      yield* fs.writeFileString(path, `{"format":2}`)
      assert.match((yield* Effect.flip(RunInfo.read(path))).message, /run\.json is no description of a run/)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
