import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { Augment } from "../../../src/data/index.js"
import * as Random from "../../../src/internal/Random.js"
import * as Images from "../../support/Images.js"

const shape = { height: 12, width: 8, channels: 3 }
const { images } = Images.random(1, shape)

describe("images that begin between two words of memory", () => {
  const steps: ReadonlyArray<Augment.Step> = [
    Augment.flip,
    Augment.posterize(3),
    Augment.solarize(100),
    Augment.colorJitter({ brightness: 0.5, contrast: 0.5 })
  ]
  for (const step of steps) {
    it(`change as all others: ${JSON.stringify(step)}`, () => {
      const apply = Result.getOrThrow(Augment.compile([step], shape))
      for (let seed = 0; seed < 4; seed++) {
        const results = [0, 1].map((offset) => {
          const from = new Uint8Array(images.length + 4).subarray(offset, offset + images.length)
          const to = new Uint8Array(images.length + 4).subarray(offset, offset + images.length)
          from.set(images)
          apply(from, to, Random.make(seed), { seed, epoch: 0, image: 0 })
          return to
        })
        assert.deepStrictEqual(results[1], results[0])
      }
    })
  }

  it("flip left and right, pixel by pixel", () => {
    const apply = Result.getOrThrow(Augment.compile([Augment.flip], shape))
    const to = new Uint8Array(images.length)
    const mirror = { ...Random.make(0), below: () => 1 }
    apply(images, to, mirror, { seed: 0, epoch: 0, image: 0 })
    for (let i = 0; i < images.length; i++) {
      const [row, column, channel] = [Math.floor(i / 24), Math.floor((i % 24) / 3), i % 3]
      assert.strictEqual(to[i], images[row * 24 + (7 - column) * 3 + channel])
    }
  })
})
