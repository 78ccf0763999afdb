import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Stream } from "effect"
import { Dataset, ImageSet, Normalize, Split, Statistics } from "../../src/data/index.js"
import * as Images from "../support/Images.js"

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

  it("refuses shapes that are none and labels that are no classes", () => {
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
      assert.deepStrictEqual(yield* ImageSet.fromStream(shape, samples), set)
    })
  )

  it.effect("stops a stream at the first sample that is wrong, and passes its failure on", () =>
    Effect.gen(function* () {
      const good = { image: new Uint8Array(12), label: 1 }
      for (const [bad, reason] of [
        [{ image: new Uint8Array(11), label: 1 }, "an image of 3x2x2 has 12 bytes; image 2 has 11"],
        [{ image: new Uint8Array(12), label: -1 }, "the label of image 2 is -1"]
      ] as const) {
        const samples = Stream.concat(Stream.make(good, good, bad), Stream.fail("asked too far"))
        const error = yield* Effect.flip(ImageSet.fromStream(shape, samples))
        assert.include(String(error), reason)
      }
      const broken = ImageSet.fromStream(shape, Stream.concat(Stream.make(good), Stream.fail("the line is dead")))
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

  it("of one's own images has their statistics", () => {
    const dataset = Result.getOrThrow(Dataset.make({ name: "own", classNames: ten, train, test }))
    assert.deepStrictEqual(dataset, {
      name: "own",
      classNames: ten,
      train,
      test,
      statistics: Statistics.compute(train)
    })
  })

  const wide = ImageSet.make({ height: 2, width: 3, channels: 2 }, new Uint8Array(12), [0])
  const cases: ReadonlyArray<readonly [what: string, change: Partial<Dataset.Dataset>, reason: string]> = [
    ["no class names", { classNames: [] }, "there are no class names"],
    ["an empty name", { classNames: [...ten.slice(1), " "] }, "the name of class 9 is empty"],
    ["a name twice", { classNames: ["class 3", ...ten] }, 'the classes 0 and 4 are both called "class 3"'],
    ["no training images", { train: ImageSet.slice(set, 0, 0) }, "there are no training images"],
    ["no test images", { test: ImageSet.slice(set, 0, 0) }, "there are no test images"],
    ["another shape", { test: Result.getOrThrow(wide) }, "the training images are 3x2x2, the test images 2x3x2"],
    [
      "arrays that do not fit",
      { test: { ...test, count: 11 } },
      "11 test images of 3x2x2 are 132 bytes and 11 labels; there are 120 bytes and 10 labels"
    ],
    [
      "a label without a name",
      { classNames: ten.slice(0, 9) },
      `the labels of 9 classes are 0 to 8; training image ${train.labels.indexOf(9)} has 9`
    ],
    [
      "a label below 0",
      { test: { ...test, labels: test.labels.map((label, i) => (i === 3 ? -1 : label)) } },
      "the labels of 10 classes are 0 to 9; test image 3 has -1"
    ]
  ]
  for (const [what, change, reason] of cases)
    it(`refuses ${what}`, () => {
      const error = failure(Dataset.make({ name: "own", classNames: ten, train, test, ...change }))
      assert.strictEqual(error.op, "option")
      assert.include(error.message, reason)
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

  it("is a partition that the seed alone decides", () => {
    const parts = Result.getOrThrow(Split.split(numbered, 0.1, 1))
    assert.strictEqual(parts.train.count, 45)
    assert.strictEqual(parts.validation.count, 5)
    assert.deepStrictEqual(
      [...parts.train.labels, ...parts.validation.labels].sort((a, b) => a - b),
      [...Array(50).keys()]
    )
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
