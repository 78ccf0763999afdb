import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Stream } from "effect"
import { Dataset, ImageSet, Split, Targets } from "../../src/data/index.js"
import * as Tasks from "../support/Tasks.js"

const shape = { height: 1, width: 1, channels: 1 }
const pixels = (count: number) => Uint8Array.from({ length: count }, (_, i) => i)
const reasonOf = <A>(result: Result.Result<A, { readonly reason: string }>) =>
  Result.getOrThrow(Result.flip(result)).reason

describe("a set with several labels or values an image", () => {
  const train = Tasks.train.values
  const rowOf = (set: ImageSet.ImageSet, image: number) => Array.from(set.labels.subarray(2 * image, 2 * image + 2))

  it("keeps each image's row in slices, selections and splits", () => {
    assert.deepStrictEqual(rowOf(ImageSet.slice(train, 5, 9), 1), rowOf(train, 6))
    assert.strictEqual(ImageSet.slice(train, 5, 9).labels.length, 8)
    assert.deepStrictEqual(rowOf(ImageSet.select(train, [7, 3]), 1), rowOf(train, 3))
    const empty = ImageSet.slice(train, 0, 0)
    assert.deepStrictEqual([empty.count, empty.labels.length], [0, 0])
    const parts = Result.getOrThrow(Split.split(Tasks.train.multiple, 0.25, 1))
    assert.deepStrictEqual([parts.train.labels.length, parts.validation.labels.length], [72 * 4, 24 * 4])
  })

  it.effect("comes from a stream too", () =>
    Effect.gen(function* () {
      const samples = Stream.range(0, train.count - 1).pipe(
        Stream.map((i) => ({ image: train.images.subarray(4 * i, 4 * i + 4), label: rowOf(train, i) }))
      )
      assert.deepStrictEqual(yield* ImageSet.fromStream(train.shape, samples, "values"), train)
      const ragged = Stream.make({ image: [1], label: [1, 0] }, { image: [1], label: [1] })
      const error = yield* Effect.flip(ImageSet.fromStream(shape, ragged, "multiple"))
      assert.include(error.reason, "the label of image 1 is 1 numbers; expected 2, as many as that of image 0")
    })
  )

  it("refuses labels that it cannot have", () => {
    assert.include(reasonOf(ImageSet.multiple(shape, pixels(2), [[1], [0.5]])), "image 1 is [0.5]; expected 0 or 1")
    assert.include(reasonOf(ImageSet.values(shape, pixels(1), [[1e39]])), "expected finite numbers")
    assert.include(reasonOf(ImageSet.values(shape, pixels(1), [[]])), "0 numbers; expected at least one")
  })
})

describe("a dataset with several labels or values an image", () => {
  it("refuses sets that do not fit it", () => {
    const { multiple, values } = Tasks
    const broken: ReadonlyArray<readonly [dataset: Dataset.Dataset, says: string]> = [
      [{ ...values, classNames: [] }, "there are no value names"],
      [{ ...values, classNames: ["a", "a"] }, 'the values 0 and 1 are both called "a"'],
      [{ ...values, classNames: ["one"] }, "96 numbers for 1 values each; there are 384 bytes and 192 numbers"],
      [{ ...values, test: multiple.test }, 'the training labels are "values", the test labels "multiple"'],
      [
        { ...multiple, train: { ...multiple.train, labels: multiple.train.labels.map((label) => 2 * label) } },
        "is 2; expected 0 or 1"
      ],
      [
        { ...values, train: { ...values.train, labels: new Float32Array(192).fill(Number.NaN) } },
        "a label of training image 0 is NaN; expected finite numbers"
      ]
    ]
    for (const [dataset, says] of broken) assert.include(reasonOf(Dataset.check(dataset)), says)
  })

  it("has a digest that knows its task and its labels", () => {
    const { multiple, values } = Tasks
    const other = { ...values, train: { ...values.train, labels: values.train.labels.map((label) => -label) } }
    const asValues = {
      ...multiple,
      train: { ...multiple.train, task: "values" },
      test: { ...multiple.test, task: "values" }
    } as const
    const digests = [multiple, asValues, values, other].map(Dataset.digest)
    assert.strictEqual(new Set(digests).size, 4)
  })
})

describe("targets", () => {
  it("are 1 at the class, or the labels as they are", () => {
    const set = { task: "classes", count: 2, labels: Int32Array.of(2, 0) } as const
    assert.deepStrictEqual(Result.getOrThrow(Targets.rowsOf(set, 3)), Float32Array.of(0, 0, 1, 1, 0, 0))
    const { test } = Tasks.values
    assert.strictEqual(Result.getOrThrow(Targets.rowsOf(test, 2)), test.labels)
  })

  it("must fit the outputs", () => {
    const set = { task: "classes", count: 2, labels: Int32Array.of(2, 0) } as const
    assert.include(reasonOf(Targets.rowsOf(set, 2)), "the label of image 0 is 2; expected 0 to 1, for 2 outputs")
    assert.include(reasonOf(Targets.rowsOf(Tasks.values.test, 3)), "is 2 numbers; expected 3 numbers, for 3 outputs")
  })
})
