import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Logger } from "effect"
import sharp from "sharp"
import type { Images as ImagesOf } from "../../../src/data/Images.js"
import { Augment, Mix, Sampling, StoredSet } from "../../../src/data/index.js"
import * as Loader from "../../../src/services/loader/Loader.js"
import * as Images from "../../support/Images.js"

const options = {
  batchSize: 10,
  remainder: "keep",
  seed: 3,
  outputs: 10,
  augment: [Augment.crop(1), Augment.flip],
  mix: Mix.make({ mixup: 1, cutmix: 1 }),
  sampling: Sampling.uniform,
  epochs: 2,
  // A plan, which a run gives, has functions too.
  loss: { mean: () => 0 }
} as const

const memory = Images.random(43, { height: 6, width: 5, channels: 3 })

/** All batches of two epochs, as text. */
const batches = (set: ImagesOf, workers: number, from = 0) =>
  Effect.gen(function* () {
    const loader = yield* Loader.make(workers)
    const next = yield* loader.open(set, options)
    const texts: Array<string> = []
    for (let place = from; place < 10; place++) {
      const batch = yield* next(Math.floor(place / 5), place % 5)
      texts.push(
        JSON.stringify([
          batch.index,
          [...batch.indices],
          [...batch.labels],
          [...batch.targets],
          Buffer.from(batch.images).toString("base64")
        ])
      )
    }
    return texts
  }).pipe(Effect.scoped)

const threads = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length

/** Threads of TypeScript take long to start on a busy machine. */
const starting = { timeout: 120_000 }

describe("batches made in threads", starting, () => {
  it.live("have the same bits with 0, 1 and 4 of them, and from a later batch", () =>
    Effect.gen(function* () {
      const before = threads()
      const first = yield* batches(memory, 0)
      assert.strictEqual(first.length, 10)
      for (const [workers, from] of [
        [1, 7],
        [4, 0]
      ] as const) {
        assert.deepStrictEqual(yield* batches(memory, workers, from), first.slice(from))
      }
      assert.strictEqual(threads(), before)
    })
  )

  it.live(
    "of images on the disk have the bits of those in memory, and fail with the name of a file that was cut off",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* fs.makeTempDirectoryScoped()
        const entries = yield* Effect.forEach(
          Array.from({ length: 43 }, (_, i) => i),
          (i) =>
            Effect.gen(function* () {
              const path = `${folder}/${i}.png`
              const raw = { width: 5, height: 6, channels: 3 } as const
              const png = yield* Effect.promise(() =>
                sharp(memory.images.subarray(i * 90, (i + 1) * 90), { raw })
                  .png()
                  .toBuffer()
              )
              yield* fs.writeFile(path, png)
              return { path, offset: 0, size: png.length }
            })
        )
        const stored = yield* Effect.fromResult(
          StoredSet.make({
            task: "classes",
            shape: { height: 6, width: 5, channels: 3 },
            labels: memory.labels,
            source: StoredSet.files(entries)
          })
        )
        const expected = yield* batches(memory, 0)
        for (const workers of [0, 2]) assert.deepStrictEqual(yield* batches(stored, workers), expected)
        yield* fs.truncate(entries[20]!.path, 40)
        for (const workers of [0, 1]) {
          const error = yield* Effect.flip(batches(stored, workers))
          assert.strictEqual(error._tag, "DatasetError")
          assert.include(error.reason, entries[20]!.path)
        }
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.live("are gone when what uses them is interrupted", () =>
    Effect.gen(function* () {
      const before = threads()
      const fiber = yield* Effect.forkChild(Effect.andThen(batches(memory, 2), Effect.never))
      yield* Effect.sleep("50 millis")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(threads(), before)
    })
  )

  it.effect("are made in the program, which says so, with a step that is a function", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const own = Augment.custom({ name: "own", apply: () => (from, to) => to.set(from) })
      const loader = yield* Loader.make(2)
      const next = yield* loader
        .open(memory, { ...options, augment: [own] })
        .pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => told.push(message))])))
      assert.strictEqual((yield* next(0, 0)).count, 10)
      assert.include(String(told), 'the custom step "own"')
    }).pipe(Effect.scoped)
  )
})
