import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as RunDirectory from "../../../src/services/directory/RunDirectory.js"
import * as RunInfo from "../../../src/services/directory/RunInfo.js"
import * as Files from "../../../src/services/files/Files.js"
import * as Plan from "../../../src/train/Plan.js"
import * as Plans from "../../support/Plans.js"

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

describe("RunDirectory", () => {
  it.effect("makes a new directory with its parents", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const run = yield* RunDirectory.create(`${yield* temporary}/a/b`)
      assert.isTrue(yield* fs.exists(run.checkpoints))
      assert.strictEqual(run.report, `${run.path}/report.html`)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("takes an existing run only to resume it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* temporary
      yield* fs.writeFileString(`${path}/run.json`, "{}")
      const error = yield* Effect.flip(RunDirectory.create(path))
      assert.match(error.message, /already holds a run.*--resume/s)
      assert.strictEqual((yield* RunDirectory.reopen(path)).path, path)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("never takes a directory with other things in it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* temporary
      yield* fs.writeFileString(`${path}/thesis.tex`, "")
      assert.match((yield* Effect.flip(RunDirectory.create(path))).message, /holds no run \(thesis\.tex\)/)
      assert.match((yield* Effect.flip(RunDirectory.reopen(path))).message, /there is no run/)
      assert.match((yield* Effect.flip(RunDirectory.open(path))).message, /is no run directory/)
      assert.deepStrictEqual(yield* fs.readDirectory(path), ["thesis.tex"])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("says why a directory cannot be made or opened", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* temporary
      yield* fs.writeFileString(`${path}/file`, "")
      assert.match((yield* Effect.flip(RunDirectory.create(`${path}/file/run`))).message, /is a file/)
      assert.match((yield* Effect.flip(RunDirectory.open(`${path}/none`))).message, /none: it does not exist/)
      // Node's own way to make directories with their parents never ends there.
      assert.match(
        (yield* Effect.flip(RunDirectory.create("/proc/none/run"))).message,
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

describe("Files.sweep", () => {
  it.effect("removes what dead processes left half-written, and nothing else", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* temporary
      // No process has so high a number; the first one always runs.
      const [dead, alive] = [2 ** 22 + 1, 1]
      yield* fs.makeDirectory(`${path}/step-1.${dead}-0123abcd.tmp`)
      yield* fs.writeFileString(`${path}/step-1.${dead}-0123abcd.tmp/manifest.json`, "{")
      const stale = [`run.json.${dead}-0123abcd.tmp`, `run.json.${process.pid}-0123abcd.tmp`]
      const others = [`run.json.${alive}-0123abcd.tmp`, "notes.tmp", "run.json"]
      for (const name of [...stale, ...others]) yield* fs.writeFileString(`${path}/${name}`, "")
      yield* Files.sweep(path)
      assert.sameMembers(yield* fs.readDirectory(path), others)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("leaves what this process is writing", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* temporary
      const sweeping = {
        ...fs,
        rename: (from: string, to: string) => Effect.andThen(Files.sweep(path), fs.rename(from, to))
      }
      yield* Effect.provideService(Files.writeAtomic(`${path}/a`, "one"), FileSystem.FileSystem, sweeping)
      assert.strictEqual(yield* fs.readFileString(`${path}/a`), "one")
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

describe("RunInfo", () => {
  it.effect("is read back as it was written", () =>
    Effect.gen(function* () {
      const path = `${yield* temporary}/run.json`
      const checked = yield* Effect.fromResult(Plan.check(Plans.small))
      const info = yield* RunInfo.collect({
        startedAt: "2026-01-02T03:04:05.000Z",
        checked,
        report: { tensorflow: "2.21.0", kernels: "avx2 0123abcd" }
      })
      assert.match(info.versions.effect, /^\d+\.\d+\.\d+/)
      assert.deepStrictEqual(info.preprocessing, {
        dataset: "noise",
        task: "classes",
        classNames: ["class 0", "class 1", "class 2"],
        height: 16,
        width: 16,
        channels: 1,
        mean: [0.5],
        deviation: [0.3]
      })
      const finished = { step: 12, epochs: 2, weightDigest: "00", file: { bytes: 9, sha256: "11" } }
      for (const written of [info, { ...info, finished }]) {
        yield* RunInfo.write(path, written)
        assert.deepStrictEqual(yield* RunInfo.read(path), written)
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("says what is wrong with a file that is none", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* temporary}/run.json`
      yield* fs.writeFileString(path, `{"format":1}`)
      assert.match((yield* Effect.flip(RunInfo.read(path))).message, /run\.json is not as a run wrote it/)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
