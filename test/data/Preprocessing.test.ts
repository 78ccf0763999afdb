import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import sharp from "sharp"
import { Preprocessing } from "../../src/data/index.js"
import * as Golden from "../support/Golden.js"

const Cases = Schema.fromJsonString(
  Schema.Struct({
    source: Schema.String,
    cases: Schema.Array(
      Schema.Struct({
        width: Schema.Int,
        height: Schema.Int,
        resize: Schema.Int,
        crop: Schema.Int,
        pixels: Schema.Array(Schema.Int)
      })
    )
  })
)

/** The picture that `test/golden/make_preprocessing.py` draws. */
const picture = (width: number, height: number) =>
  Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [c, place] = [i % 3, Math.floor(i / 3)]
    const [x, y] = [place % width, Math.floor(place / width)]
    return (x * (5 + 2 * c) + y * (3 + c) + Math.floor((x * y) / 7)) % 256
  })

const preprocessing = { dataset: "pictures", classNames: ["a", "b"], mean: [0, 0, 0], deviation: [1, 1, 1] }

describe("Preprocessing.decode", () => {
  it.effect("with a resize gives the pixels of torchvision's Resize and CenterCrop", () =>
    Effect.gen(function* () {
      const golden = yield* Golden.bytes("preprocessing.json")
      const { cases } = yield* Schema.decodeUnknownEffect(Cases)(new TextDecoder().decode(golden))
      for (const { crop, height, pixels, resize, width } of cases) {
        const raw = { width, height, channels: 3 as const }
        const png = yield* Effect.promise(() => sharp(picture(width, height), { raw }).png().toBuffer())
        const shape = { height: crop, width: crop, channels: 3 }
        const decoded = yield* Preprocessing.decode(png, { ...preprocessing, ...shape, resize })
        assert.deepStrictEqual([...decoded], [...pixels], `${width}x${height} to ${resize}`)
      }
    })
  )

  it.effect("refuses files for a network of two channels", () =>
    Effect.gen(function* () {
      const shape = { height: 8, width: 8, channels: 2 }
      const error = yield* Effect.flip(Preprocessing.decode(new Uint8Array(8), { ...preprocessing, ...shape }))
      assert.include(error.message, "this network takes 2")
    })
  )
})
