import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema, Stream } from "effect"
import { Augment, Batches, type ImageSet, Sampling } from "../../src/data/index.js"
import * as Random from "../../src/internal/Random.js"
import * as Images from "../support/Images.js"

const at = { seed: 0, epoch: 0, image: 0 }
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
  Result.getOrThrow(Augment.compile(augment, of))(from, to, generator, at)
  return to
}
const grey = { height: 3, width: 3, channels: 1 }
const digits = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)

const Size = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))
const Shape = Schema.Struct({ height: Size, width: Size, channels: Schema.Literals([1, 3]) })
const Mode = Schema.Literals(["zero", "reflect"])
const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))
/** The largest padding that a shape allows. */
const most = ({ height, width }: ImageSet.ImageShape) => Math.min(height, width) - 1

describe("the laws of the built-in steps", () => {
  it.prop("a crop without padding or shift is the identity", [Shape, Mode, Seed], ([shape, mode, seed]) => {
    const { images } = Images.random(1, shape)
    assert.deepStrictEqual(run([Augment.crop(0, mode)], Random.make(seed), images, shape), images)
    const padding = most(shape)
    assert.deepStrictEqual(run([Augment.crop(padding, mode)], fixed(padding, padding), images, shape), images)
  })

  it.prop("a crop shows pixels of the image, or black", [Shape, Mode, Seed], ([shape, mode, seed]) => {
    const { images } = Images.random(1, shape)
    const shown = run([Augment.crop(most(shape), mode)], Random.make(seed), images, shape)
    assert.isTrue(shown.every((pixel) => pixel === 0 || images.includes(pixel)))
  })

  it.prop("flipping twice is the identity, and flipping once reverses each row", [Shape], ([shape]) => {
    const { images } = Images.random(1, shape)
    assert.deepStrictEqual(run([Augment.flip, Augment.flip], fixed(1, 1), images, shape), images)
    const flipped = run([Augment.flip], fixed(1), images, shape)
    const { channels, width } = shape
    for (let i = 0; i < images.length; i++) {
      const column = Math.floor(i / channels) % width
      assert.strictEqual(flipped[i], images[i + (width - 1 - 2 * column) * channels])
    }
  })

  it.prop("a rotation by 0 degrees is the identity", [Shape, Seed], ([shape, seed]) => {
    const { images } = Images.random(1, shape)
    assert.deepStrictEqual(run([Augment.rotate(0)], Random.make(seed), images, shape), images)
  })

  it.prop("a rotation keeps pixels in the range of the image and of black", [Shape, Seed], ([shape, seed]) => {
    const { images } = Images.random(1, shape)
    const turned = run([Augment.rotate(180)], Random.make(seed), images, shape)
    assert.isTrue(turned.every((pixel) => pixel <= Math.max(...images)))
  })

  it.prop("the steps write the whole of one image, whatever was there", [Shape, Mode, Seed], ([shape, mode, seed]) => {
    const { images } = Images.random(1, shape)
    const steps = [Augment.crop(most(shape), mode), Augment.flip, Augment.rotate(30)]
    const apply = Result.getOrThrow(Augment.compile(steps, shape))
    const original = images.slice()
    const [clean, used] = [new Uint8Array(images.length), new Uint8Array(images.length).fill(255)]
    apply(images, clean, Random.make(seed), at)
    apply(images, used, Random.make(seed), at)
    assert.deepStrictEqual(used, clean)
    assert.deepStrictEqual(images, original)
  })
})

describe("the steps of earlier recipes", () => {
  it.effect("draw and compute the same bits as ever", () =>
    Effect.gen(function* () {
      const set = Images.random(60, { height: 17, width: 13, channels: 3 })
      for (const [augment, expected] of [
        [[Augment.crop(4), Augment.flip], "d1830c2f9f49da3d"],
        [[Augment.crop(3, "reflect")], "baf934d4b3e51ae7"],
        [[Augment.rotate(25)], "3185583d8e934e65"],
        [[Augment.rotate(180), Augment.crop(2), Augment.flip], "dac512c53332f6e5"]
      ] as const) {
        const hash = createHash("sha256")
        for (const epoch of [0, 1, 2, 3, 4]) {
          yield* Stream.runForEach(
            Batches.stream(set, {
              batchSize: 16,
              remainder: "keep",
              seed: 3,
              epoch,
              sampling: Sampling.uniform,
              outputs: 10,
              augment
            }),
            ({ images }) => Effect.sync(() => hash.update(images))
          )
        }
        assert.strictEqual(hash.digest("hex").slice(0, 16), expected)
      }
    })
  )
})

describe("an alternating flip", () => {
  it.effect("mirrors each image in every other epoch, in batches of any size", () =>
    Effect.gen(function* () {
      const set = Images.random(40, shape)
      const size = shape.height * shape.width * shape.channels
      const mirrored = Effect.fnUntraced(function* (epoch: number, batchSize: number) {
        const batches = yield* Stream.runCollect(
          Batches.stream(set, {
            batchSize,
            remainder: "keep",
            seed: 1,
            epoch,
            sampling: Sampling.uniform,
            outputs: 10,
            augment: [Augment.alternatingFlip]
          })
        )
        const all = new Map<number, boolean>()
        for (const { images, indices } of batches) {
          for (const [i, index] of indices.entries()) {
            const original = set.images.subarray(index * size, (index + 1) * size)
            const shown = images.subarray(i * size, (i + 1) * size)
            const isSame = original.every((pixel, place) => pixel === shown[place])
            if (!isSame) assert.deepStrictEqual(shown, run([Augment.flip], fixed(1), original))
            all.set(index, !isSame)
          }
        }
        return Array.from({ length: 40 }, (_, index) => all.get(index))
      })
      const [first, second, third] = [yield* mirrored(0, 40), yield* mirrored(1, 7), yield* mirrored(2, 3)]
      assert.deepStrictEqual(
        second,
        first.map((isMirrored) => !isMirrored)
      )
      assert.deepStrictEqual(third, first)
      assert.closeTo(first.filter(Boolean).length, 20, 10)
    })
  )
})

describe("a custom step", () => {
  const invert = Augment.custom({ name: "invert", apply: () => (from, to) => to.set(from.map((pixel) => 255 - pixel)) })
  const noise = Augment.custom({
    name: "noise",
    options: { most: 9 },
    apply: () => (from, to, generator) => to.set(from.map((pixel) => Math.min(255, pixel + generator.below(10))))
  })
  const set = Images.random(20, shape)
  const epoch = (batchSize: number, augment: Augment.Augment) =>
    Effect.map(
      Stream.runCollect(
        Batches.stream(set, {
          batchSize,
          remainder: "keep",
          seed: 1,
          epoch: 0,
          sampling: Sampling.uniform,
          outputs: 10,
          augment
        })
      ),
      (batches) => batches.flatMap(({ images }) => [...images])
    )

  it("changes images among the built-in ones, in order", () => {
    assert.deepStrictEqual([...run([invert], fixed(), digits, grey)], [254, 253, 252, 251, 250, 249, 248, 247, 246])
    assert.deepStrictEqual(run([invert, invert], fixed()), image)
    const after = run([Augment.crop(1), invert], fixed(0, 2), digits, grey)
    assert.deepStrictEqual([...after], [255, 255, 255, 253, 252, 255, 250, 249, 255])
  })

  it.effect("gives the same images in batches of any size", () =>
    Effect.gen(function* () {
      const augment = [Augment.crop(1), noise, Augment.flip]
      const whole = yield* epoch(20, augment)
      assert.notDeepEqual(whole, yield* epoch(20, [Augment.crop(1), Augment.flip]))
      assert.deepStrictEqual(yield* epoch(3, augment), whole)
    })
  )

  it("can neither change the set nor see an earlier image", () => {
    const lazy = Augment.custom({ name: "lazy", apply: () => (from, to) => void to.set(from.fill(7).subarray(0, 1)) })
    const of = image.slice()
    const to = new Uint8Array(image.length).fill(99)
    Result.getOrThrow(Augment.compile([lazy], shape))(of, to, fixed(), at)
    assert.deepStrictEqual(of, image)
    assert.deepStrictEqual([...to], [7, ...Array(image.length - 1).fill(0)])
  })

  it("is recorded by its name and options", () => {
    assert.deepStrictEqual(Augment.describe([Augment.crop(4), Augment.flip, Augment.rotate(5), invert, noise]), [
      { crop: { padding: 4, mode: "zero" } },
      { flip: {} },
      { rotate: { degrees: 5 } },
      { custom: { name: "invert", options: {} } },
      { custom: { name: "noise", options: { most: 9 } } }
    ])
    const recorded = JSON.parse(JSON.stringify(Augment.describe([invert])))
    assert.isTrue(Result.isFailure(Schema.decodeUnknownResult(Augment.Augment)(recorded)))
  })

  it.effect("that throws is an error with its cause", () =>
    Effect.gen(function* () {
      const cause = new RangeError("no such colour")
      const fail = () => {
        throw cause
      }
      for (const [step, reason] of [
        [Augment.custom({ name: "broken", apply: () => fail }), "the augmentation of batch 0 of epoch 0 failed"],
        [Augment.custom({ name: "broken", apply: fail }), 'the step "broken" of the augmentation failed']
      ] as const) {
        const error = yield* Effect.flip(epoch(4, [step]))
        assert.include(error.message, `${reason}: no such colour`)
        assert.strictEqual(error.cause, cause)
      }
    })
  )
})

describe("Augment", () => {
  it("of no steps copies", () => {
    assert.deepStrictEqual(run([], fixed()), image)
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

  it("flip mirrors left and right, or does not", () => {
    assert.deepStrictEqual([...run([Augment.flip], fixed(1), digits, grey)], [3, 2, 1, 6, 5, 4, 9, 8, 7])
    assert.deepStrictEqual(run([Augment.flip], fixed(0)), image)
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
    const unknown: Augment.Augment = JSON.parse('[{"spin":{}}]')
    const error = Result.getOrThrow(Result.flip(Augment.compile(unknown, shape)))
    assert.include(error.message, '{"spin":{}} is not a step of an augmentation')
  })
})
