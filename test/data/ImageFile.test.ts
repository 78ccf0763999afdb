import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import sharp, { type Sharp } from "sharp"
import { ImageFile } from "../../src/data/index.js"

/** The pixels of a picture, each channel a function of the place. */
const picture = (
  width: number,
  height: number,
  value: (x: number, y: number, channel: number) => number,
  channels = 3
) =>
  sharp(
    Uint8Array.from({ length: width * height * channels }, (_, i) => {
      const place = Math.floor(i / channels)
      return value(place % width, Math.floor(place / width), i % channels)
    }),
    { raw: { width, height, channels: channels === 4 ? 4 : channels === 1 ? 1 : 3 } }
  )

const bytes = (file: Sharp) => Effect.promise(() => file.toBuffer())
const decode = (file: Sharp, height: number, width: number, channels: 1 | 3 = 3) =>
  Effect.flatMap(bytes(file), (content) => ImageFile.decode(content, { height, width, channels }))

const colours = (x: number, y: number, channel: number) => (x * 40 + y * 7 + channel * 90) % 256

describe("ImageFile", () => {
  it.effect("of the size asked for gives the pixels as they are, from PNG and WebP", () =>
    Effect.gen(function* () {
      const expected = Uint8Array.from({ length: 60 }, (_, i) => {
        const place = Math.floor(i / 3)
        return colours(place % 5, Math.floor(place / 5), i % 3)
      })
      assert.deepStrictEqual(yield* decode(picture(5, 4, colours).png(), 4, 5), expected)
      assert.deepStrictEqual(yield* decode(picture(5, 4, colours).webp({ lossless: true }), 4, 5), expected)
    })
  )

  it.effect("reads JPEG, to what that keeps of a plain colour", () =>
    Effect.gen(function* () {
      const pixels = yield* decode(
        picture(16, 16, (_x, _y, channel) => [200, 60, 30][channel]!).jpeg({ quality: 100 }),
        16,
        16
      )
      for (let i = 0; i < pixels.length; i++) assert.closeTo(pixels[i]!, [200, 60, 30][i % 3]!, 3)
    })
  )

  it.effect("makes grey by the luma of ITU-R 601, and colour of grey by repeating it", () =>
    Effect.gen(function* () {
      const primary = picture(3, 1, (x, _y, channel) => (x === channel ? 255 : 0))
      assert.deepStrictEqual([...(yield* decode(primary.clone().png(), 1, 3, 1))], [76, 150, 29])
      const grey = picture(2, 1, (x) => 100 + x, 1).toColourspace("b-w")
      assert.deepStrictEqual([...(yield* decode(grey.clone().png(), 1, 2, 1))], [100, 101])
      assert.deepStrictEqual([...(yield* decode(grey.clone().png(), 1, 2, 3))], [100, 100, 100, 101, 101, 101])
    })
  )

  it.effect("covers the size asked for and cuts both sides off alike", () =>
    Effect.gen(function* () {
      const thirds = picture(30, 10, (x, _y, channel) => (Math.floor(x / 10) === channel ? 255 : 0)).png()
      const middle = yield* decode(thirds, 10, 10)
      for (let i = 0; i < middle.length; i++) assert.strictEqual(middle[i], i % 3 === 1 ? 255 : 0)
      const plain = yield* decode(picture(100, 37, () => 77).png(), 8, 8)
      assert.isTrue(plain.every((value) => value === 77))
    })
  )

  it.effect("turns a picture upright, and puts what is transparent on black", () =>
    Effect.gen(function* () {
      const standing = picture(2, 1, (x) => x * 200)
        .withMetadata({ orientation: 6 })
        .png()
      assert.deepStrictEqual([...(yield* decode(standing, 2, 1))], [0, 0, 0, 200, 200, 200])
      const glass = picture(1, 1, (_x, _y, channel) => (channel === 3 ? 0 : 250), 4).png()
      assert.deepStrictEqual([...(yield* decode(glass, 1, 1))], [0, 0, 0])
    })
  )

  it.effect("refuses bytes that are no picture, or only its beginning", () =>
    Effect.gen(function* () {
      const whole = yield* bytes(picture(50, 50, colours).jpeg())
      for (const [content, reason] of [
        [new Uint8Array(0), "empty"],
        [new TextEncoder().encode("hello"), "unsupported image format"],
        [whole.subarray(0, 30), ""],
        [whole.subarray(0, whole.length - 200), "premature end"]
      ] as const) {
        const error = yield* Effect.flip(ImageFile.decode(content, { height: 8, width: 8, channels: 3 }))
        assert.strictEqual(error.op, "decode")
        assert.include(error.message, reason)
        assert.include(error.message, "PNG, JPEG or WebP")
        assert.instanceOf(error.cause, Error)
      }
    })
  )
})
