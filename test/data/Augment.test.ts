import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { Augment, type ImageSet } from "../../src/data/index.js"
import * as Random from "../../src/internal/Random.js"
import * as Images from "../support/Images.js"

const shape = { height: 5, width: 4, channels: 3 }
const image = Images.random(1, shape).images

/** A generator that gives fixed numbers, so that a test says what is drawn. */
const fixed = (...numbers: ReadonlyArray<number>): Random.Generator => {
  const left = [...numbers]
  const next = () => left.shift()!
  return { uint32: next, uniform: next, below: next, normal: next }
}

const run = (augment: Augment.Augment, generator: Random.Generator, from = image, of: ImageSet.ImageShape = shape) => {
  const to = new Uint8Array(from.length)
  Result.getOrThrow(Augment.compile(augment, of))(from, 0, to, 0, generator)
  return to
}
const grey = { height: 3, width: 3, channels: 1 }
const digits = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)

describe("Augment", () => {
  it("of no steps copies", () => {
    assert.deepStrictEqual(run([], fixed()), image)
  })

  it("crop of zero shift is identity", () => {
    for (const mode of ["zero", "reflect"] as const) {
      assert.deepStrictEqual(run([Augment.crop(3, mode)], fixed(3, 3)), image)
      assert.deepStrictEqual(run([Augment.crop(0, mode)], Random.make(1)), image)
    }
  })

  it("crop shows black outside the picture", () => {
    assert.deepStrictEqual([...run([Augment.crop(1)], fixed(0, 2), digits, grey)], [0, 0, 0, 2, 3, 0, 5, 6, 0])
  })

  it("crop mirrors about the edge pixels", () => {
    const mirrored = run([Augment.crop(2, "reflect")], fixed(0, 3), digits, grey)
    assert.deepStrictEqual([...mirrored], [8, 9, 8, 5, 6, 5, 2, 3, 2])
  })

  it("crop draws every shift equally often", () => {
    const seen = new Map<string, number>()
    for (let i = 0; i < 2500; i++) {
      const key = run([Augment.crop(2)], Random.make(1, i), digits, grey).join()
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
    assert.strictEqual(seen.size, 25)
    for (const count of seen.values()) {
      assert.closeTo(count, 100, 45)
    }
  })

  it("flip mirrors left and right, and twice is identity", () => {
    assert.deepStrictEqual([...run([Augment.flip], fixed(1), digits, grey)], [3, 2, 1, 6, 5, 4, 9, 8, 7])
    assert.deepStrictEqual(run([Augment.flip], fixed(0)), image)
    assert.deepStrictEqual(run([Augment.flip, Augment.flip], fixed(1, 1)), image)
    assert.notDeepEqual(run([Augment.flip, Augment.flip, Augment.flip], fixed(1, 1, 1)), image)
  })

  it("rotate by nothing is identity, by 90 degrees a quarter turn, by 180 a half turn", () => {
    assert.deepStrictEqual(run([Augment.rotate(20)], fixed(0.5)), image)
    assert.deepStrictEqual([...run([Augment.rotate(90)], fixed(0), digits, grey)], [3, 6, 9, 2, 5, 8, 1, 4, 7])
    assert.deepStrictEqual([...run([Augment.rotate(180)], fixed(0), digits, grey)], [9, 8, 7, 6, 5, 4, 3, 2, 1])
  })

  it("rotate blends the neighbours and keeps the middle", () => {
    const turned = run([Augment.rotate(45)], fixed(0), Uint8Array.of(0, 0, 0, 0, 200, 0, 0, 0, 0), grey)
    assert.strictEqual(turned[4], 200)
    // The corner's source lies sqrt(2) to one side of the middle: black. A side's lies half a diagonal away from it.
    assert.strictEqual(turned[0], 0)
    assert.closeTo(turned[1]!, 200 * (1 - Math.SQRT1_2) ** 2, 0.5)
  })

  it("does its steps in order", () => {
    const cropThenFlip = run([Augment.crop(1), Augment.flip], fixed(1, 2, 1), digits, grey)
    const flipThenCrop = run([Augment.flip, Augment.crop(1)], fixed(1, 1, 2), digits, grey)
    assert.deepStrictEqual([...cropThenFlip], [0, 3, 2, 0, 6, 5, 0, 9, 8])
    assert.deepStrictEqual([...flipThenCrop], [2, 1, 0, 5, 4, 0, 8, 7, 0])
  })

  it("is data that Schema decodes and refuses", () => {
    const decode = Schema.decodeUnknownResult(Augment.Augment)
    const text = '[{"crop":{"padding":4,"mode":"zero"}},{"flip":{}},{"rotate":{"degrees":10}}]'
    assert.deepStrictEqual(
      decode(JSON.parse(text)),
      Result.succeed([Augment.crop(4), Augment.flip, Augment.rotate(10)])
    )
    assert.isTrue(Result.isFailure(decode([{ crop: { padding: -1, mode: "zero" } }])))
    assert.isTrue(Result.isFailure(decode([{ rotate: { degrees: 181 } }])))
    assert.isTrue(Result.isFailure(decode([{ spin: {} }])))
  })
})
