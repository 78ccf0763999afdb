import { gzipSync } from "node:zlib"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { create } from "tar"
import * as Archive from "../../../src/services/datasets/Archive.js"

const limit = 2 ** 20
const text = new TextEncoder().encode("a few bytes")
/** A thousandth of the size when it is packed. */
const zeros = new Uint8Array(48 * limit)

/** The tar archive of one file. */
const tar = Effect.fnUntraced(function* (content: Uint8Array, gzip: boolean) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  yield* fs.makeDirectory(`${folder}/data`)
  yield* fs.writeFile(`${folder}/data/file`, content)
  yield* Effect.promise(() => create({ gzip, file: `${folder}/archive`, cwd: folder }, ["data"]))
  return yield* fs.readFile(`${folder}/archive`)
})

describe("Archive.unpack", () => {
  it.effect("gives the files of an archive, the content of a gzipped file, and any other file itself", () =>
    Effect.gen(function* () {
      const members = {
        "a.tar": yield* tar(text, false),
        "a.tar.gz": yield* tar(text, true),
        "a.tgz": yield* tar(text, true),
        "file.gz": gzipSync(text),
        file: text
      }
      for (const [name, bytes] of Object.entries(members)) {
        const unpacked = yield* Archive.unpack(name, bytes, limit)
        assert.deepStrictEqual(new Uint8Array(unpacked.get("file") ?? []), text, name)
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("stops at the limit, without the memory that the rest would take", () =>
    Effect.gen(function* () {
      const bombs = {
        "bomb.gz": gzipSync(zeros),
        "bomb.tar.gz": yield* tar(zeros, true),
        "bomb.tgz": yield* tar(zeros, true)
      }
      for (const [name, bytes] of Object.entries(bombs)) {
        assert.isBelow(bytes.length, limit)
        const before = process.memoryUsage()
        const error = yield* Effect.flip(Archive.unpack(name, bytes, limit))
        const after = process.memoryUsage()
        assert.strictEqual(error.op, "decode")
        assert.include(
          error.message,
          `${name} (${bytes.length} bytes) cannot be unpacked: it holds more than the ${limit} bytes`
        )
        assert.isBelow(after.arrayBuffers - before.arrayBuffers, 16 * limit)
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("takes what is just as large as the limit", () =>
    Effect.gen(function* () {
      const bytes = gzipSync(zeros.subarray(0, limit))
      assert.strictEqual((yield* Archive.unpack("file.gz", bytes, limit)).get("file")?.length, limit)
      assert.strictEqual((yield* Effect.flip(Archive.unpack("file.gz", bytes, limit - 1))).op, "decode")
    })
  )

  it.effect("does not unpack what is packed inside an archive", () =>
    Effect.gen(function* () {
      const inner = yield* tar(zeros, true)
      for (const bytes of [gzipSync(inner), yield* tar(inner, false)]) {
        const unpacked = yield* Effect.result(Archive.unpack("nested.tar.gz", bytes, limit))
        if (unpacked._tag === "Success") assert.deepStrictEqual(unpacked.success.get("file")?.length, inner.length)
        else assert.strictEqual(unpacked.failure.op, "decode")
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("says what is wrong with a damaged file, and keeps the cause", () =>
    Effect.gen(function* () {
      const whole = yield* tar(text, true)
      for (const [name, bytes] of [
        ["a.tar.gz", whole.subarray(0, whole.length - 9)],
        ["a.tar.gz", new Uint8Array(0)],
        ["file.gz", gzipSync(text).subarray(0, 20)],
        ["file.gz", new Uint8Array(0)],
        ["file.gz", text]
      ] as const) {
        const error = yield* Effect.flip(Archive.unpack(name, bytes, limit))
        assert.include(error.message, `${name} (${bytes.length} bytes) cannot be unpacked: `)
        assert.instanceOf(error.cause, Error)
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
