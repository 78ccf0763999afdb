import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Affine from "../../../src/data/augment/Affine.js"
import * as Draws from "../../../src/data/augment/Draws.js"
import * as Operations from "../../../src/data/augment/Operations.js"
import * as Perspective from "../../../src/data/augment/Perspective.js"
import * as RandAugment from "../../../src/data/augment/RandAugment.js"
import * as ResizedCrop from "../../../src/data/augment/ResizedCrop.js"
import { Augment, type ImageSet } from "../../../src/data/index.js"
import * as Random from "../../../src/internal/Random.js"

const shape = { height: 20, width: 30, channels: 3 }
const samples = 4000

/** What a draw gives for many seeds. */
const many = <A>(draw: (generator: Random.Generator) => A): ReadonlyArray<A> =>
  Array.from({ length: samples }, (_, i) => draw(Random.make(1, "test", i)))

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Fails unless the numbers are in the range, come close to both its ends, and have the mean of an even distribution. */
const isEven = (values: ReadonlyArray<number>, low: number, high: number) => {
  const slack = 0.03 * (high - low)
  assert.isAtLeast(Math.min(...values), low)
  assert.isAtMost(Math.max(...values), high)
  assert.isBelow(Math.min(...values), low + slack)
  assert.isAbove(Math.max(...values), high - slack)
  assert.closeTo(mean(values), (low + high) / 2, slack)
}

/** A step's results on one image, for many seeds. */
const results = (step: Augment.Step, from: Uint8Array, of: ImageSet.ImageShape): ReadonlyArray<Uint8Array> => {
  const apply = Result.getOrThrow(Augment.compile([step], of))
  return many((generator) => {
    const to = new Uint8Array(from.length)
    apply(from, to, generator, { seed: 0, epoch: 0, image: 0 })
    return to
  })
}

describe("what is drawn", () => {
  it("resizedCrop: parts inside the image, of even areas and ratios of even logarithm", () => {
    const large = { height: 1000, width: 1000, channels: 1 }
    const boxes = { scale: [0.1, 0.5], ratio: [0.5, 2] } as const
    const parts = many((generator) => ResizedCrop.draw(boxes, large, generator))
    isEven(
      parts.map(({ height, width }) => (height * width) / 1e6),
      0.099,
      0.501
    )
    isEven(
      parts.map(({ height, width }) => Math.log2(width / height)),
      -1.01,
      1.01
    )
    isEven(
      parts.map(({ height, top }) => top / (1000 - height)),
      0,
      1
    )
    isEven(
      parts.map(({ left, width }) => left / (1000 - width)),
      0,
      1
    )
  })

  it("resizedCrop: where nothing fits, the middle", () => {
    const draw = (ratio: readonly [number, number]) =>
      ResizedCrop.draw({ scale: [1, 1], ratio }, { height: 10, width: 100, channels: 1 }, Random.make(0))
    assert.deepStrictEqual(draw([3 / 4, 4 / 3]), { top: 0, left: 43, height: 10, width: 13 })
    assert.deepStrictEqual(draw([20, 30]), { top: 2, left: 0, height: 5, width: 100 })
  })

  it("affine: every option in its range", () => {
    const options = Augment.affine({ degrees: 30, translate: [0.1, 0.2], scale: [0.8, 1.4], shear: [-5, 10, 2, 4] })
    const drawn = many((generator) => Affine.draw(options.affine, { ...shape, height: 100, width: 400 }, generator))
    isEven(
      drawn.map(({ angle }) => angle),
      -30,
      30
    )
    isEven(
      drawn.map(({ translate }) => translate[0]),
      -40,
      40
    )
    isEven(
      drawn.map(({ translate }) => translate[1]),
      -20,
      20
    )
    isEven(
      drawn.map(({ scale }) => scale),
      0.8,
      1.4
    )
    isEven(
      drawn.map(({ shear }) => shear[0]),
      -5,
      10
    )
    isEven(
      drawn.map(({ shear }) => shear[1]),
      2,
      4
    )
    assert.isTrue(drawn.every(({ translate }) => translate.every(Number.isInteger)))
  })

  it("affine: nothing by default", () => {
    const picture = Uint8Array.from({ length: 600 * 3 }, (_, i) => i % 251)
    for (const result of results(Augment.affine({}), picture, shape).slice(0, 5)) {
      assert.deepStrictEqual(result, picture)
    }
  })

  it("perspective: corners that move inwards by at most half of the distortion", () => {
    const drawn = many((generator) => Perspective.draw(0.5, { height: 200, width: 400, channels: 1 }, generator))
    const [topLeft, topRight, bottomRight, bottomLeft] = [0, 1, 2, 3].map((corner) => drawn.map((all) => all[corner]!))
    for (const [corners, x, y] of [
      [topLeft, 0, 0],
      [topRight, 299, 0],
      [bottomRight, 299, 149],
      [bottomLeft, 0, 149]
    ] as const) {
      isEven(
        corners!.map((corner) => corner[0]),
        x,
        x + 100
      )
      isEven(
        corners!.map((corner) => corner[1]),
        y,
        y + 50
      )
    }
  })

  it("colorJitter: factors around 1, not below 0, and the hue within half a circle", () => {
    const grey = { height: 1, width: 1, channels: 1 }
    const brightened = results(Augment.colorJitter({ brightness: 0.5 }), Uint8Array.of(100), grey)
    isEven(
      brightened.map(([pixel]) => pixel!),
      50,
      150
    )
    const far = results(Augment.colorJitter({ brightness: 3 }), Uint8Array.of(50), grey)
    isEven(
      far.map(([pixel]) => pixel!),
      0,
      200
    )
    const red = results(Augment.colorJitter({ hue: 0.5 }), Uint8Array.of(200, 0, 0), { ...grey, channels: 3 })
    assert.isTrue(red.every((pixel) => Math.max(...pixel) === 200 && Math.min(...pixel) === 0))
    for (const channel of [0, 1, 2]) assert.closeTo(mean(red.map((pixel) => pixel[channel]!)), 100, 6)
  })

  it("colorJitter: in a random order", () => {
    const two = { height: 1, width: 2, channels: 1 }
    // Contrast 1 +- 0 is left out, so that brightness alone remains, whatever the order.
    const alone = results(Augment.colorJitter({ brightness: 1 }), Uint8Array.of(200, 100), two)
    const both = results(Augment.colorJitter({ brightness: 1, contrast: 1 }), Uint8Array.of(200, 100), two)
    assert.isTrue(alone.every(([a, b]) => a === 255 || Math.abs(a! - 2 * b!) <= 1))
    assert.isTrue(both.some(([a, b]) => a! < 255 && Math.abs(a! - 2 * b!) > 1))
  })

  it("erase: rectangles inside the image, of areas and ratios in their ranges", () => {
    const large = { height: 60, width: 60, channels: 1 }
    const erased = results(Augment.erase({ value: 7 }), new Uint8Array(3600).fill(255), large)
    const areas = erased.map((pixels) => pixels.filter((pixel) => pixel === 7).length / 3600)
    assert.isAtLeast(Math.min(...areas), 0.015)
    assert.isAtMost(Math.max(...areas), 0.34)
    assert.closeTo(mean(areas), 0.175, 0.01)
    assert.isTrue(erased.every((pixels) => pixels.every((pixel) => pixel === 7 || pixel === 255)))
  })

  it("erase and cutout: a value for each channel, or random ones", () => {
    const white = new Uint8Array(20 * 30 * 3).fill(255)
    for (const step of [Augment.erase({ value: [1, 2, 3] }), Augment.cutout(6, { value: [1, 2, 3] })]) {
      const [result] = results(step, white, shape)
      const at = result!.indexOf(1)
      assert.strictEqual(at % 3, 0)
      assert.deepStrictEqual([...result!.subarray(at, at + 3)], [1, 2, 3])
    }
    const values = results(Augment.cutout(20, { value: "random" }), white, shape).flatMap((pixels) => [...pixels])
    const painted = values.filter((value) => value !== 255)
    assert.closeTo(mean(painted), 127, 1)
    assert.strictEqual(new Set(painted).size, 255)
  })

  it("randAugment: every operation and both signs equally often", () => {
    const operations = RandAugment.operations(32, 32, 31)
    const drawn = many((generator) => Operations.draw(operations, () => 9, generator))
    for (const { name, signed } of operations) {
      const magnitudes = drawn.filter(([drawn]) => drawn === name).map(([, magnitude]) => magnitude)
      assert.closeTo(magnitudes.length, samples / 14, 65)
      if (signed) assert.closeTo(magnitudes.filter((magnitude) => magnitude < 0).length, samples / 28, 45)
    }
  })

  it("trivialAugment: about one of fourteen images stays as it is", () => {
    const picture = Uint8Array.from({ length: 600 * 3 }, (_, i) => (i * 37) % 251)
    const changed = results(Augment.trivialAugment(), picture, shape)
    const same = changed.filter((result) => result.every((pixel, i) => pixel === picture[i])).length
    // The first bin of the signed operations, and of posterize and solarize, changes nothing either.
    assert.closeTo(same / samples, 1 / 14 + 11 / 14 / 31, 0.02)
  })

  it("augMix: the image is a mean, within the range of what is mixed", () => {
    const grey = new Uint8Array(600 * 3).fill(90)
    for (const options of [{}, { alpha: 0.2 }, { alpha: 5, mixtureWidth: 1, chainDepth: 2 }, { allOps: false }]) {
      const mixed = results(Augment.augMix(options), grey, shape).slice(0, 200)
      assert.isAbove(new Set(mixed.map((pixels) => pixels.join())).size, 50)
    }
  })

  it("the weights of augMix add up to 1, with the variance of their distribution", () => {
    for (const alpha of [0.3, 1, 4]) {
      const drawn = many((generator) => Draws.dirichlet(generator, 3, alpha))
      assert.isTrue(drawn.every((weights) => Math.abs(weights.reduce((a, b) => a + b, 0) - 1) < 1e-9))
      for (const i of [0, 1, 2]) {
        const weights = drawn.map((all) => all[i]!)
        assert.closeTo(mean(weights), 1 / 3, 0.02)
        // Dirichlet with n = 3: variance = (n - 1) / (n^2 (n alpha + 1)).
        const variance = mean(weights.map((weight) => (weight - 1 / 3) ** 2))
        assert.closeTo(variance, 2 / 9 / (3 * alpha + 1), 0.01)
      }
    }
  })
})
