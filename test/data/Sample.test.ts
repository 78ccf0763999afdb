import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as ImageSet from "../../src/data/ImageSet.js"
import * as Split from "../../src/data/Split.js"
import * as Images from "../support/Images.js"
import { memory } from "../support/Memory.js"

const shape = { height: 2, width: 2, channels: 1 }
const set = Images.random(200, shape, 7)
const sample = (amount: number, seed = 0) => Result.getOrThrow(Split.sample(set, amount, seed))

const Amount = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: set.count }))

describe("a sample", () => {
  it.prop("has the asked number of images, and of each class its share but for one image", [Amount], ([amount]) => {
    const counts = ImageSet.classCounts(sample(amount), 7)
    assert.strictEqual(sample(amount).count, amount)
    for (const [label, all] of ImageSet.classCounts(set, 7).entries()) {
      const share = (amount * all) / set.count
      assert.isBelow(Math.abs((counts[label] ?? 0) - share), 1)
    }
  })

  it("of a fraction is rounded", () => {
    assert.strictEqual(sample(0.25).count, 50)
    assert.strictEqual(sample(0.999).count, 200)
  })

  it("depends on the seed alone, and keeps the order of the set", () => {
    assert.deepStrictEqual(sample(20), sample(20))
    assert.notDeepEqual(memory(sample(20)).images, memory(sample(20, 1)).images)
    const size = ImageSet.imageBytes(shape)
    const place = (pixels: Uint8Array) => Buffer.from(set.images).indexOf(pixels)
    const places = Array.from({ length: 20 }, (_, i) =>
      place(memory(sample(20)).images.subarray(i * size, (i + 1) * size))
    )
    assert.deepStrictEqual(
      places,
      places.toSorted((a, b) => a - b)
    )
  })

  it("of all images is the set itself", () => assert.strictEqual(sample(200), set))

  for (const amount of [0, -1, 0.001, 1.5, 201, Number.NaN]) {
    it(`of ${amount} images is refused`, () => {
      const { message } = Result.getOrThrow(Result.flip(Split.sample(set, amount, 0)))
      assert.include(message, `${amount} of 200 images`)
    })
  }
})
