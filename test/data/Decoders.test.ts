import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import sharp from "sharp"
import { Cifar100, CifarBinary, CifarPng, Idx } from "../../src/data/index.js"

const failure = <A, E>(result: Result.Result<A, E>): E => Result.getOrThrow(Result.flip(result))

describe("Idx", () => {
  const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6)
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9)

  it("reads images and labels", () => {
    const set = Result.getOrThrow(Idx.imageSet(images, labels))
    assert.deepStrictEqual(set.shape, { height: 1, width: 3, channels: 1 })
    assert.strictEqual(set.count, 2)
    assert.deepStrictEqual([...set.images], [1, 2, 3, 4, 5, 6])
    assert.deepStrictEqual([...set.labels], [7, 9])
  })

  it("refuses every truncation and any byte more", () => {
    for (let length = 0; length < images.length; length++) {
      const error = failure(Idx.decode(images.subarray(0, length)))
      assert.strictEqual(error.op, "decode")
      assert.include(error.message, "truncated")
    }
    const longer = failure(Idx.decode(Uint8Array.of(...images, 0)))
    assert.include(longer.message, "dimensions 2 x 1 x 3 has 22 bytes; this one has 23")
  })

  it("refuses another header", () => {
    assert.include(failure(Idx.decode(Uint8Array.of(0x1f, 0x8b, 8, 0))).message, "this one with 1f 8b 08 00")
    assert.include(failure(Idx.decode(Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 0))).message, "00 00 0d 01")
  })

  it("refuses images and labels that do not fit", () => {
    const three = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 9, 1)
    assert.include(failure(Idx.imageSet(images, three)).message, "2 images need an array of 2 labels; the file has 3")
    assert.include(failure(Idx.imageSet(labels, labels)).message, "images have 3 dimensions; the file has 1")
  })
})

/** Two images whose every value is a function of place and channel. */
const value = (image: number, pixel: number, channel: number) => (image * 101 + pixel * 3 + channel * 59) % 256
const hwc = Uint8Array.from({ length: 2 * 3072 }, (_, i) =>
  value(Math.floor(i / 3072), Math.floor((i % 3072) / 3), i % 3)
)

describe("CifarBinary", () => {
  const planes = (image: number) => Array.from({ length: 3072 }, (_, i) => value(image, i % 1024, Math.floor(i / 1024)))
  const file = Uint8Array.of(6, ...planes(0), 9, ...planes(1))

  it("turns colour planes into interleaved pixels", () => {
    const set = Result.getOrThrow(CifarBinary.decode(file, "cifar10"))
    assert.strictEqual(set.count, 2)
    assert.deepStrictEqual([...set.labels], [6, 9])
    assert.deepStrictEqual(set.images, hwc)
  })

  it("takes the fine or the coarse label of CIFAR-100", () => {
    const worm = Uint8Array.of(13, 99, ...planes(0))
    for (const [layout, label] of [
      ["cifar100", 99],
      ["cifar100-coarse", 13]
    ] as const) {
      const set = Result.getOrThrow(CifarBinary.decode(worm, layout))
      assert.deepStrictEqual([...set.labels], [label])
      assert.deepStrictEqual(set.images, hwc.subarray(0, 3072))
    }
  })

  it("refuses labels of CIFAR-100 that contradict each other or are none", () => {
    const wrong = (coarse: number, fine: number, layout: "cifar100" | "cifar100-coarse") =>
      failure(CifarBinary.decode(Uint8Array.of(coarse, fine, ...planes(0)), layout)).message
    for (const layout of ["cifar100", "cifar100-coarse"] as const) {
      assert.include(wrong(12, 99, layout), "image 0 has the fine label 99 and the coarse label 12")
    }
    assert.include(wrong(13, 100, "cifar100"), "0 to 99; image 0 has 100")
    assert.include(wrong(20, 99, "cifar100-coarse"), "0 to 19; image 0 has 20")
    assert.include(wrong(13, 255, "cifar100-coarse"), "the fine label 255")
  })

  it("refuses a part of a record and classes out of range", () => {
    assert.include(failure(CifarBinary.decode(file.subarray(0, 6145), "cifar10")).message, "6145 bytes")
    assert.include(failure(CifarBinary.decode(new Uint8Array(0), "cifar10")).message, "0 bytes")
    assert.include(failure(CifarBinary.decode(file, "cifar100")).message, "records of 3074 bytes")
    const wrong = Uint8Array.from(file)
    wrong[3073] = 10
    assert.include(failure(CifarBinary.decode(wrong, "cifar10")).message, "image 1 has 10")
  })
})

describe("Cifar100", () => {
  it("has five fine classes for each coarse one", () => {
    assert.deepStrictEqual([Cifar100.fineNames.length, Cifar100.coarseNames.length], [100, 20])
    for (const coarse of Cifar100.coarseNames.keys()) {
      assert.strictEqual(Cifar100.coarseOf.filter((label) => label === coarse).length, 5)
    }
  })

  it("names classes as fine_label_names.txt and coarse_label_names.txt do", () => {
    const sum = (names: ReadonlyArray<string>) =>
      createHash("sha256")
        .update(names.map((name) => `${name}\n`).join(""))
        .digest("hex")
    assert.strictEqual(sum(Cifar100.fineNames), "4a53f81a8af29bb6aa646bfe2c455db1b061edfde82a39c0cfc313ef536c681b")
    assert.strictEqual(sum(Cifar100.coarseNames), "14e28b5b70e3d8a29704b0d9f8c5985cca5f3c3d08ea043dcc87a036df37a2b3")
    assert.strictEqual(Cifar100.coarseNames[Cifar100.coarseOf[19]!], "large_omnivores_and_herbivores")
  })
})

describe("CifarPng", () => {
  const encode = (width: number, height: number) =>
    Effect.promise(() =>
      sharp(hwc, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer()
    )

  it.effect("reads an image from each row", () =>
    Effect.gen(function* () {
      const set = yield* CifarPng.decode(yield* encode(1024, 2), [3, 5])
      assert.deepStrictEqual(set.shape, { height: 32, width: 32, channels: 3 })
      assert.deepStrictEqual([...set.labels], [3, 5])
      assert.deepStrictEqual(Uint8Array.from(set.images), hwc)
    })
  )

  it.effect("refuses another size, a truncated picture and other bytes", () =>
    Effect.gen(function* () {
      const png = yield* encode(1024, 2)
      const size = yield* Effect.flip(CifarPng.decode(yield* encode(512, 4), [1, 2, 3, 4]))
      assert.include(size.message, "the picture has 4 rows of 512 pixels of 3 channels")
      assert.include((yield* Effect.flip(CifarPng.decode(png, [1]))).message, "expected 1 rows")
      const half = yield* Effect.flip(CifarPng.decode(png.subarray(0, png.length / 2), [3, 5]))
      assert.include(half.message, "cannot be decoded")
      assert.instanceOf(half.cause, Error)
      assert.include((yield* Effect.flip(CifarPng.decode(Uint8Array.of(1, 2), [3]))).message, "cannot be decoded")
    })
  )
})
