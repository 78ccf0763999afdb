import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import sharp from "sharp"
import { Augment, Batches, Sampling } from "../../../src/data/index.js"
import * as ContactSheet from "../../../src/services/report/ContactSheet.js"
import * as Images from "../../support/Images.js"

const shape = { height: 8, width: 6, channels: 3 }
const set = Images.random(5, shape)
const size = 8 * 6 * 3
const augment = [Augment.crop(2), Augment.alternatingFlip, Augment.randAugment()]

describe("a contact sheet", () => {
  it.effect("shows the images that the epochs of a run have", () =>
    Effect.gen(function* () {
      const image = 3
      const pixels = set.images.subarray(image * size, (image + 1) * size)
      const shown = yield* Effect.fromResult(ContactSheet.shown(augment, { pixels, shape, seed: 7, image, epochs: 3 }))
      for (const [epoch, expected] of shown.entries()) {
        const options = { batchSize: 5, remainder: "keep", seed: 7, epoch, outputs: 10, augment } as const
        const { batch } = Result.getOrThrow(Batches.epoch(set, { ...options, sampling: Sampling.uniform }))
        const { images, indices } = yield* batch(0)
        const place = indices.indexOf(image)
        assert.deepStrictEqual(expected, images.slice(place * size, (place + 1) * size))
      }
    })
  )

  it.effect("has a cell for each image, with its pixels", () =>
    Effect.gen(function* () {
      const red = Uint8Array.from({ length: size }, (_, i) => (i % 3 === 0 ? 200 : 0))
      const sheet = yield* ContactSheet.png([{ name: "a & b", images: [red, red] }], { columns: ["<1>"], shape })
      const { data, info } = yield* Effect.promise(() =>
        sharp(sheet).removeAlpha().raw().toBuffer({ resolveWithObject: true })
      )
      // Two images of 24x32 units, of two pixels each.
      const reds = Array.from(
        { length: info.width * info.height },
        (_, i) => data[3 * i + 1] === 0 && data[3 * i]! > 190
      )
      assert.closeTo(reds.filter(Boolean).length, 2 * 48 * 64, 2 * 48 * 4)
    })
  )

  it.effect("refuses images that are not of its shape", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        ContactSheet.png([{ name: "a", images: [new Uint8Array(5)] }], { columns: [], shape })
      )
      assert.include(error.message, "this one of 8x6x3 has 5 bytes")
    })
  )
})
