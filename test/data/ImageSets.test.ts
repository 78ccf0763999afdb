import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema, Stream } from "effect"
import { Dataset, ImageSet, Normalize, Split, Statistics } from "../../src/data/index.js"
import * as Images from "../support/Images.js"
import { memory } from "../support/Memory.js"

const shape = { height: 3, width: 2, channels: 2 }
const set = Images.random(50, shape)
const failure = <A, E>(result: Result.Result<A, E>): E => Result.getOrThrow(Result.flip(result))

describe("ImageSet", () => {
  it("selects images with their labels", () => {
    const selected = ImageSet.select(set, [7, 0, 7])
    assert.strictEqual(selected.count, 3)
    assert.deepStrictEqual([...selected.labels], [set.labels[7], set.labels[0], set.labels[7]])
    assert.deepStrictEqual(selected.images.subarray(12, 24), set.images.subarray(0, 12))
    assert.deepStrictEqual(selected.images.subarray(24), set.images.subarray(84, 96))
  })

  it("slices without copying, and never past the end", () => {
    const tail = ImageSet.slice(set, 45, 60)
    assert.strictEqual(tail.count, 5)
    assert.strictEqual(tail.images.buffer, set.images.buffer)
    assert.deepStrictEqual(tail, { ...ImageSet.select(set, [45, 46, 47, 48, 49]) })
  })

  it("refuses pixels that are not as many as the labels say", () => {
    const error = failure(ImageSet.make(shape, set.images, [1, 2]))
    assert.include(error.message, "2 labels of 3x2x2 images need 24 bytes of pixels, but there are 600")
  })

  it("takes bytes in place, and whole numbers from 0 to 255 in any array", () => {
    const pixels = Array.from({ length: 12 }, (_, i) => (i * 51) % 256)
    const bytes = Uint8Array.from(pixels)
    const clamped = Uint8ClampedArray.from(pixels)
    for (const images of [bytes, clamped, pixels, Float32Array.from(pixels), Int32Array.from(pixels)]) {
      assert.deepStrictEqual(Result.getOrThrow(ImageSet.make(shape, images, [1])).images, bytes)
    }
    for (const images of [bytes, clamped]) {
      assert.strictEqual(Result.getOrThrow(ImageSet.make(shape, images, [1])).images.buffer, images.buffer)
    }
  })

  it.each([Number.NaN, -1, 256, 0.5, Number.POSITIVE_INFINITY])("refuses the pixel %d", (pixel) => {
    for (const images of [Array<number>(24).fill(0), new Float32Array(24), new Float64Array(24)]) {
      images[13] = pixel
      const error = failure(ImageSet.make(shape, images, [0, 1]))
      assert.include(error.message, `a pixel of image 1 is ${pixel}; expected whole numbers from 0 to 255`)
      assert.include(error.message, "0..1 times 255")
    }
  })

  it("refuses impossible shapes and labels that are no classes", () => {
    const flat = failure(ImageSet.make({ ...shape, height: 0 }, set.images, set.labels))
    assert.include(flat.message, "the shape of an image is 0x2x2; expected height, width and channels of at least 1")
    for (const label of [-1, 1.5, Number.NaN, 2 ** 31]) {
      const error = failure(ImageSet.make(shape, set.images.subarray(0, 24), [0, label]))
      assert.include(error.message, `the label of image 1 is ${label}; expected the number of a class`)
    }
  })

  it.effect("takes the samples of a stream, copied", () =>
    Effect.gen(function* () {
      const reused = new Uint8Array(12)
      const samples = Stream.range(0, 49).pipe(
        Stream.rechunk(1),
        Stream.map((i) => {
          reused.set(set.images.subarray(i * 12, (i + 1) * 12))
          return { image: reused, label: set.labels[i]! }
        })
      )
      assert.deepStrictEqual(yield* ImageSet.fromStream(shape, samples, "classes"), set)
      const shared = Buffer.from(reused.buffer)
      const buffers = samples.pipe(Stream.map(({ label }) => ({ image: shared, label })))
      assert.deepStrictEqual(yield* ImageSet.fromStream(shape, buffers, "classes"), set)
    })
  )

  it.effect("stops a stream at the first sample that is wrong, and passes its failure on", () =>
    Effect.gen(function* () {
      const good = { image: new Uint8Array(12), label: 1 }
      for (const [bad, reason] of [
        [{ image: new Uint8Array(11), label: 1 }, "an image of 3x2x2 has 12 bytes; image 2 has 11"],
        [{ image: new Uint8Array(12), label: -1 }, "the label of image 2 is -1"],
        [{ image: new Float32Array(12).fill(0.5), label: 1 }, "a pixel of image 2 is 0.5"]
      ] as const) {
        const samples = Stream.concat(Stream.make(good, good, bad), Stream.fail("asked too far"))
        const error = yield* Effect.flip(ImageSet.fromStream(shape, samples, "classes"))
        assert.include(String(error), reason)
      }
      const cut = Stream.concat(Stream.make(good), Stream.fail("the line is dead"))
      const broken = ImageSet.fromStream(shape, cut, "classes")
      assert.strictEqual(yield* Effect.flip(broken), "the line is dead")
    })
  )

  it("counts classes", () => {
    const counts = ImageSet.classCounts(set, 10)
    assert.strictEqual(
      counts.reduce((sum, count) => sum + count),
      50
    )
    assert.strictEqual(counts[3], set.labels.filter((label) => label === 3).length)
  })
})

describe("Dataset", () => {
  const ten = Array.from({ length: 10 }, (_, i) => `class ${i}`)
  const [train, test] = [ImageSet.slice(set, 0, 40), ImageSet.slice(set, 40)]

  const dataset = Result.getOrThrow(Dataset.make({ name: "ten", classNames: ten, train, test }))

  it("of custom images has their statistics", () => {
    const statistics = Statistics.compute(train)
    assert.deepStrictEqual(dataset, { name: "ten", classNames: ten, train, test, statistics })
    assert.isTrue(Result.isSuccess(Dataset.check(dataset)))
  })

  const wide = Result.getOrThrow(ImageSet.make({ height: 2, width: 3, channels: 2 }, new Uint8Array(12), [0]))
  const relabel = (of: ImageSet.ImageSet, image: number, label: number) => ({
    ...of,
    labels: of.labels.map((old, i) => (i === image ? label : old))
  })
  const broken: ReadonlyArray<readonly [what: string, change: Partial<Dataset.Dataset>, reason: string]> = [
    ["no class names", { classNames: [] }, "there are no class names"],
    ["a single class", { classNames: ["cat"] }, 'there is one class, "cat": nothing to tell apart'],
    ["an empty name", { classNames: [...ten.slice(1), " "] }, "the name of class 9 is empty"],
    ["a name twice", { classNames: ["class 3", ...ten] }, 'the classes 0 and 4 are both called "class 3"'],
    ["no training images", { train: ImageSet.slice(set, 0, 0) }, "there are no training images"],
    ["another shape", { test: wide }, "the training images are 3x2x2, the test images 2x3x2"],
    ["an impossible shape", { train: { ...train, shape: { ...shape, height: -3 } } }, "an image is -3x2x2"],
    [
      "a count that is not that of the arrays",
      { test: { ...test, count: 11 } },
      "11 test images of 3x2x2 are 132 bytes and 11 labels; there are 120 bytes and 10 labels"
    ],
    [
      "pixels that are missing",
      { test: { ...test, images: test.images.subarray(1) } },
      "10 test images of 3x2x2 are 120 bytes and 10 labels; there are 119 bytes and 10 labels"
    ],
    [
      "a label without a name",
      { classNames: ten.slice(0, 9) },
      `the labels of 9 classes are 0 to 8; training image ${train.labels.indexOf(9)} has 9`
    ],
    ["a label below 0", { test: relabel(test, 3, -1) }, "the labels of 10 classes are 0 to 9; test image 3 has -1"]
  ]
  const statistics = Statistics.compute(train)
  const wrongStatistics = [
    { ...statistics, mean: [0.5] },
    { ...statistics, mean: [0.5, Number.NaN] },
    { ...statistics, deviation: [...statistics.deviation, 1] },
    { ...statistics, deviation: [0.2, -0.2] }
  ]

  for (const [what, change, reason] of broken)
    it(`refuses ${what}, made or written by hand`, () => {
      for (const error of [
        failure(Dataset.make({ ...dataset, ...change })),
        failure(Dataset.check({ ...dataset, ...change }))
      ]) {
        assert.include(error.message, reason)
        assert.include(error.message, "fix:")
      }
    })

  it("may be written by hand without test images, but not made", () => {
    const test = ImageSet.slice(set, 0, 0)
    assert.isTrue(Result.isSuccess(Dataset.check({ ...dataset, test })))
    assert.include(failure(Dataset.make({ ...dataset, test })).message, "there are no test images")
  })

  it("refuses statistics that are not a mean and a deviation a channel", () => {
    for (const statistics of wrongStatistics) {
      const error = failure(Dataset.check({ ...dataset, statistics }))
      assert.include(error.message, `the deviations [${statistics.deviation.join(", ")}]; expected 2 finite means`)
    }
  })

  it("refuses a hand-written set whose arrays are of other types", () => {
    // What a program without types may hand over: pixels that could hold NaN.
    const floats: Dataset.Dataset = JSON.parse(JSON.stringify(dataset))
    const pixels = Float32Array.from(train.images).fill(Number.NaN)
    for (const [images, type] of [
      [pixels, "Float32Array"],
      [Array.from(train.images), "Array"]
    ] as const) {
      const error = failure(Dataset.check(Object.assign(floats, { train: { ...train, images } })))
      assert.include(error.message, `the training set has pixels in ${type} and labels in Int32Array`)
    }
  })
})

describe("the digest of a dataset", () => {
  const ten = Array.from({ length: 10 }, (_, i) => `class ${i}`)
  const of = (change: Partial<Dataset.Dataset> = {}) => {
    const parts = { train: ImageSet.slice(set, 0, 40), test: ImageSet.slice(set, 40) }
    return { ...Result.getOrThrow(Dataset.make({ name: "ten", classNames: ten, ...parts })), ...change }
  }
  const [test, train] = [memory(of().test), memory(of().train)]
  const changed = <A extends { [place: number]: number; slice: () => A }>(array: A, place: number): A => {
    const copy = array.slice()
    copy[place] = copy[place] === 0 ? 1 : 0
    return copy
  }

  it("is that of equal content, whatever holds it and what it is called", () => {
    const copy = ImageSet.select(train, [...Array(40).keys()])
    assert.match(Dataset.digest(of()), /^[0-9a-f]{64}$/)
    assert.strictEqual(Dataset.digest(of({ name: "another", train: copy })), Dataset.digest(of()))
    const dataset = of()
    assert.strictEqual(Dataset.digest(dataset), Dataset.digest(dataset))
  })

  const Place = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))
  it.prop("differs with any pixel, label and class name", [Place], ([place]) => {
    const wrap = (array: ArrayLike<unknown>) => place % array.length
    const [i, j] = [wrap(ten), (wrap(ten) + 1) % 10]
    const digests = [
      of(),
      of({ classNames: ten.map((name, k) => ten[k === i ? j : k === j ? i : k] ?? name) }),
      of({ train: { ...train, images: changed(train.images, wrap(train.images)) } }),
      of({ train: { ...train, labels: changed(train.labels, wrap(train.labels)) } }),
      of({ test: { ...test, images: changed(test.images, wrap(test.images)) } }),
      of({ test: { ...test, labels: changed(test.labels, wrap(test.labels)) } })
    ].map(Dataset.digest)
    assert.strictEqual(new Set(digests).size, digests.length)
  })

  it("differs with the shape, and with the sets exchanged", () => {
    const flat = { height: 2, width: 3, channels: 2 }
    const digests = [
      of(),
      of({ train: test, test: train }),
      of({ train: { ...train, shape: flat }, test: { ...test, shape: flat } }),
      of({ train: ImageSet.slice(set, 0, 41), test: ImageSet.slice(set, 41) })
    ].map(Dataset.digest)
    assert.strictEqual(new Set(digests).size, digests.length)
  })
})

describe("Statistics and Normalize", () => {
  it("computes what the formula says", () => {
    const { mean, deviation } = Statistics.compute(set)
    for (const channel of [0, 1]) {
      const values = [...set.images].filter((_, i) => i % 2 === channel).map((pixel) => pixel / 255)
      const average = values.reduce((sum, x) => sum + x) / values.length
      const variance = values.reduce((sum, x) => sum + (x - average) ** 2, 0) / values.length
      assert.closeTo(mean[channel]!, average, 1e-12)
      assert.closeTo(deviation[channel]!, Math.sqrt(variance), 1e-12)
    }
  })

  it("normalises to mean 0 and deviation 1", () => {
    const normalized = Normalize.normalize(set.images, 2, Statistics.compute(set))
    assert.strictEqual(normalized.length, 600)
    for (const channel of [0, 1]) {
      const values = [...normalized].filter((_, i) => i % 2 === channel)
      assert.closeTo(values.reduce((sum, x) => sum + x) / 300, 0, 1e-6)
      assert.closeTo(values.reduce((sum, x) => sum + x * x) / 300, 1, 1e-2)
    }
    const one = Normalize.normalize(Uint8Array.of(0, 51, 255), 1, { mean: [0.2], deviation: [0.4] })
    assert.deepStrictEqual([...one], [-0.5, 0, 2])
  })

  it("only centres a constant channel", () => {
    const constant = { ...set, images: new Uint8Array(600).fill(51) }
    const normalized = Normalize.normalize(constant.images, 2, Statistics.compute(constant))
    assert.isTrue(normalized.every((x) => x === 0))
  })
})

describe("Split", () => {
  const numbered = { ...set, labels: Int32Array.from({ length: 50 }, (_, i) => i) }

  const Fraction = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.98 }))
  const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))
  it.prop(
    "parts a set into two that are disjoint and cover it, each in its order",
    [Fraction, Seed],
    ([part, seed]) => {
      const { train, validation } = Result.getOrThrow(Split.split(numbered, part, seed))
      assert.strictEqual(validation.count, Math.round(50 * part))
      assert.deepStrictEqual(
        [...train.labels, ...validation.labels].toSorted((a, b) => a - b),
        [...Array(50).keys()]
      )
      for (const { images, labels } of [memory(train), memory(validation)]) {
        assert.deepStrictEqual(labels, labels.toSorted())
        assert.deepStrictEqual(images, ImageSet.select(numbered, labels).images)
      }
    }
  )

  it("depends on the seed alone", () => {
    const parts = Result.getOrThrow(Split.split(numbered, 0.1, 1))
    assert.deepStrictEqual(Result.getOrThrow(Split.split(numbered, 0.1, 1)), parts)
    const other = Result.getOrThrow(Split.split(numbered, 0.1, 2))
    assert.notDeepEqual(other.validation.labels, parts.validation.labels)
  })

  it("of nothing keeps the set", () => {
    const parts = Result.getOrThrow(Split.split(numbered, 0, 1))
    assert.strictEqual(parts.train, numbered)
    assert.strictEqual(parts.validation.count, 0)
  })

  it("refuses a fraction that leaves nothing or means nothing", () => {
    for (const fraction of [1, 0.999, -0.1, Number.NaN, 5000]) {
      const error = failure(Split.split(numbered, fraction, 1))
      assert.strictEqual(error.op, "option")
      assert.include(error.message, `the validation fraction is ${fraction} of 50 images`)
    }
  })
})
