import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Images as ImagesOf } from "../../../src/data/Images.js"
import { Augment, Mix, Sampling } from "../../../src/data/index.js"
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

describe("batches made in threads", () => {
  it.live("have the same bits with 0, 1, 2 and 4 of them, and from a later batch", () =>
    Effect.gen(function* () {
      const before = threads()
      const first = yield* batches(memory, 0)
      assert.strictEqual(first.length, 10)
      for (const [workers, from] of [
        [1, 7],
        [2, 0],
        [4, 0]
      ] as const) {
        assert.deepStrictEqual(yield* batches(memory, workers, from), first.slice(from))
      }
      assert.strictEqual(threads(), before)
    })
  )
})
