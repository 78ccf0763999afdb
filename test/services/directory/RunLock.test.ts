import { spawn } from "node:child_process"
import { hostname } from "node:os"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, FileSystem, Schema, Scope } from "effect"
import * as RunLock from "../../../src/services/directory/RunLock.js"

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

/** A lock of generation `n` whose process is gone. */
const stale = (directory: string, n: number, host = hostname()) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    yield* fs.makeDirectory(`${directory}/lock.${n}`)
    const owner = { id: "x", pid: 2 ** 22 + 1, host, began: null }
    yield* fs.writeFileString(`${directory}/lock.${n}/owner`, JSON.stringify(owner))
  })

/** Another process that tries to hold the directory; its first line says whether it could. */
const other = (directory: string) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly says: string; readonly kill: Effect.Effect<void> }>((resume) => {
      const child = spawn(process.execPath, ["--import", "tsx", "test/support/HoldLock.ts", directory])
      const kill = Effect.callback<void>((resume) => {
        child.once("close", () => resume(Effect.void))
        child.kill("SIGKILL")
      })
      child.stdout.once("data", (says) => resume(Effect.succeed({ says: String(says).trim(), kill })))
    }),
    ({ kill }) => Effect.timeoutOption(kill, "100 millis"),
    { interruptible: true }
  )

describe("RunLock", () => {
  it.effect("is held by one fiber at a time", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      const held = yield* Scope.make()
      yield* Scope.provide(RunLock.hold(directory), held)
      const error = yield* Effect.flip(Effect.scoped(RunLock.hold(directory)))
      assert.include(error.message, `${directory} is in use by process ${process.pid}`)
      assert.include(error.message, `remove ${directory}/lock.1`)
      yield* Scope.close(held, Exit.void)
      for (let i = 0; i < 3; i++) yield* Effect.scoped(RunLock.hold(directory))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect.prop(
    "a dead lock is taken over by exactly one of many",
    [
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 })),
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 }))
    ],
    ([contenders, generation]) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const directory = yield* temporary
        if (generation > 0) yield* stale(directory, generation)
        let holding = 0
        const attempt = Effect.gen(function* () {
          yield* RunLock.hold(directory)
          holding += 1
          // The others have all tried before it lets go.
          yield* Effect.never
        }).pipe(
          Effect.scoped,
          Effect.catch(() => Effect.void)
        )
        const fibers = yield* Effect.forEach(Array.from({ length: contenders }), () => Effect.forkChild(attempt))
        while (fibers.filter((fiber) => fiber.pollUnsafe() === undefined).length > holding) {
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
          assert.isAtMost(holding, 1)
        }
        assert.strictEqual(holding, 1)
        assert.deepStrictEqual(yield* fs.readDirectory(directory), [`lock.${generation + 1}`])
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("takes the place of every dead lock: a process that was killed while it took one over leaves two", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* temporary
      yield* stale(directory, 1)
      yield* stale(directory, 2)
      yield* RunLock.hold(directory)
      assert.deepStrictEqual(yield* fs.readDirectory(directory), ["lock.3"])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("of another machine counts, since nobody here can tell whether it is alive", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      yield* stale(directory, 1, "elsewhere")
      const error = yield* Effect.flip(Effect.scoped(RunLock.hold(directory)))
      assert.include(error.message, "on elsewhere")
      assert.include(error.message, `remove ${directory}/lock.1`)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live(
    "of another process counts until it ends or is killed",
    () =>
      Effect.gen(function* () {
        const directory = yield* temporary
        const holder = yield* other(directory)
        assert.strictEqual(holder.says, "held")
        const error = yield* Effect.flip(Effect.scoped(RunLock.hold(directory)))
        assert.match(error.message, /is in use by process \d+ on /)
        yield* holder.kill
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* RunLock.hold(directory)
            assert.include((yield* other(directory)).says, `is in use by process ${process.pid}`)
          })
        )
        assert.strictEqual((yield* other(directory)).says, "held")
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    60_000
  )
})
