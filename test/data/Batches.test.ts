import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { Augment, Batches, Sampling } from "../../src/data/index.js"
import * as Images from "../support/Images.js"

const set = Images.random(103, { height: 6, width: 5, channels: 3 })
const defaults: Batches.BatchOptions = {
  batchSize: 10,
  seed: 1,
  epoch: 0,
  sampling: Sampling.uniform,
  outputs: 10,
  remainder: "keep",
  augment: [Augment.crop(2), Augment.flip, Augment.rotate(15)]
}
const collect = (options: Partial<Batches.BatchOptions>) =>
  Stream.runCollect(Batches.stream(set, { ...defaults, ...options }))

const BatchSize = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 120 }))
const Small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))

describe("Batches", () => {
  it.effect.prop("an epoch is a permutation of the set", [BatchSize, Small, Small], ([batchSize, seed, epoch]) =>
    Effect.gen(function* () {
      const batches = yield* collect({ batchSize, seed, epoch, augment: [] })
      assert.strictEqual(batches.length, Batches.count(set.count, { batchSize, remainder: "keep" }))
      const indices = batches.flatMap((batch) => [...batch.indices])
      assert.deepStrictEqual(
        indices.toSorted((a, b) => a - b),
        [...Array(set.count).keys()]
      )
      for (const batch of batches) {
        assert.deepStrictEqual(
          [...batch.labels],
          Array.from(batch.indices, (index) => set.labels[index])
        )
        assert.strictEqual(batch.images.length, batch.count * 90)
      }
    })
  )

  it.effect.prop("the batch size does not change a sample", [BatchSize, Small], ([batchSize, epoch]) =>
    Effect.gen(function* () {
      const samples = (batches: ReadonlyArray<Batches.Batch>) =>
        batches.flatMap((batch) =>
          Array.from(batch.indices, (index, i) => `${index}: ${batch.images.subarray(i * 90, (i + 1) * 90).join()}`)
        )
      const some = samples(yield* collect({ batchSize, epoch }))
      assert.deepStrictEqual(some, samples(yield* collect({ batchSize: 103, epoch })))
      const unshuffled = samples(yield* collect({ batchSize, epoch, sampling: undefined }))
      assert.deepStrictEqual(some.toSorted(), unshuffled.toSorted())
    })
  )

  it.effect.prop("the stream from a later batch is the rest of the whole", [BatchSize, Small], ([batchSize, from]) =>
    Effect.gen(function* () {
      const whole = yield* collect({ batchSize })
      assert.deepStrictEqual(yield* collect({ batchSize, from }), whole.slice(from))
    })
  )

  it.effect("another epoch and another seed give another order and other augmentation", () =>
    Effect.gen(function* () {
      const first = yield* collect({ batchSize: 103 })
      for (const options of [{ epoch: 1 }, { seed: 2 }]) {
        const other = yield* collect({ batchSize: 103, ...options })
        assert.notDeepEqual(other[0]!.indices, first[0]!.indices)
        const kept = yield* collect({ batchSize: 103, sampling: undefined, ...options })
        assert.notDeepEqual(kept[0]!.images, (yield* collect({ batchSize: 103, sampling: undefined }))[0]!.images)
      }
    })
  )

  it.effect("without shuffling and augmentation the batches are the set", () =>
    Effect.gen(function* () {
      const batches = yield* collect({ sampling: undefined, augment: [] })
      assert.deepStrictEqual(
        batches.flatMap((batch) => [...batch.images]),
        [...set.images]
      )
    })
  )

  it.effect("drops or keeps the images that do not fill a batch", () =>
    Effect.gen(function* () {
      const sizes = (batches: ReadonlyArray<Batches.Batch>) => batches.map((batch) => batch.count)
      assert.deepStrictEqual(sizes(yield* collect({ batchSize: 40 })), [40, 40, 23])
      assert.deepStrictEqual(sizes(yield* collect({ batchSize: 40, remainder: "drop" })), [40, 40])
      assert.deepStrictEqual(sizes(yield* collect({ batchSize: 200, remainder: "drop" })), [])
    })
  )

  it.effect("makes a batch only when it is asked for", () =>
    Effect.gen(function* () {
      const huge = { ...set, count: 2 ** 30 }
      const batch = yield* Batches.stream(huge, { ...defaults, sampling: undefined }).pipe(
        Stream.take(1),
        Stream.runCollect
      )
      assert.strictEqual(batch[0]!.count, 10)
    })
  )

  it.effect.each<[Partial<Batches.BatchOptions>, string]>([
    [{ batchSize: 0 }, "the batch size is 0; expected an integer of at least 1"],
    [{ batchSize: 1.5 }, "the batch size is 1.5"],
    [{ batchSize: Number.NaN }, "the batch size is NaN"],
    [{ batchSize: Number.POSITIVE_INFINITY }, "the batch size is Infinity"],
    [{ from: -1 }, "the first batch is -1"],
    [{ epoch: 0.5 }, "the epoch is 0.5"],
    [{ seed: Number.NaN }, "the seed is NaN"],
    [{ augment: [Augment.crop(5)] }, "the crop's padding is 5; for images of 6x5 it is an integer of 0 to 4"],
    [{ augment: [Augment.rotate(Number.NaN)] }, "rotate.degrees of the augmentation is NaN: expected a finite number"]
  ])("refuses %j", ([options, reason]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(collect(options))
      assert.strictEqual(error._tag, "DatasetError")
      assert.strictEqual(error.op, "option")
      assert.include(error.message, reason)
      assert.include(error.message, "fix:")
    })
  )

  it("counts no batches for a batch size that makes no sense", () => {
    assert.strictEqual(Batches.count(100, { batchSize: 0, remainder: "keep" }), 0)
    assert.strictEqual(Batches.count(100, { batchSize: -5, remainder: "drop" }), 0)
  })
})
