import { assert } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as AlternatingFlip from "../../src/data/augment/AlternatingFlip.js"
import * as AugMix from "../../src/data/augment/AugMix.js"
import { square } from "../../src/data/augment/Cutout.js"
import { fill } from "../../src/data/augment/kernels/Fill.js"
import * as Grey from "../../src/data/augment/kernels/Grey.js"
import * as Lookup from "../../src/data/augment/kernels/Lookup.js"
import * as Matrices from "../../src/data/augment/kernels/Matrices.js"
import * as Resize from "../../src/data/augment/kernels/Resize.js"
import { sharpness } from "../../src/data/augment/kernels/Sharpness.js"
import * as Warp from "../../src/data/augment/kernels/Warp.js"
import * as Operations from "../../src/data/augment/Operations.js"
import * as Perspective from "../../src/data/augment/Perspective.js"
import * as RandAugment from "../../src/data/augment/RandAugment.js"
import * as TrivialAugment from "../../src/data/augment/TrivialAugment.js"
import type { ImageShape } from "../../src/data/ImageSet.js"
import { Augment } from "../../src/data/index.js"
import * as Random from "../../src/internal/Random.js"
import { channels, distance, golden, shapeOf } from "../support/AugmentGolden.js"
import type { Row } from "./Row.js"

const torchvision = golden.source.split(", ")[1]!

/** Options of a case in the golden file. */
type Options = Readonly<Record<string, unknown>>
const number = (options: Options, name: string): number => Number(options[name])
const numbers = (options: Options, name: string): ReadonlyArray<number> => {
  const value = options[name]
  return Array.isArray(value) ? value.map(Number) : []
}
const pair = (values: ReadonlyArray<number>) => [values[0]!, values[1]!] as const
const interpolation = ({ interpolation }: Options): Warp.Interpolation =>
  interpolation === "nearest" ? "nearest" : "bilinear"

type Kernel = (from: Uint8Array, to: Uint8Array, shape: ImageShape, options: Options) => void

/** A generator that gives fixed numbers. */
const fixed = (...given: ReadonlyArray<number>): Random.Generator => {
  const left = [...given]
  const next = () => left.shift()!
  return { uint32: next, uniform: next, below: next, normal: next }
}
const at = { seed: 0, epoch: 0, image: 0 }

const step =
  (of: (options: Options) => Augment.Step, draws: (options: Options) => ReadonlyArray<number> = () => []): Kernel =>
  (from, to, shape, options) =>
    Result.getOrThrow(Augment.compile([of(options)], shape))(from, to, fixed(...draws(options)), at)

/** Runs a kernel on the golden images, grey and RGB, with the options of each of its cases. */
const compared = (name: string, kernel: string, reference: string, most: 0 | 1, run: Kernel): Row => {
  const cases = golden.cases.filter((one) => one.kernel === kernel)
  return {
    name,
    source: `${torchvision}, transforms.v2.functional.${reference}`,
    reference: `${cases.length} cases, grey and RGB`,
    tolerance: most === 0 ? "exact" : "1 of 255",
    check: Effect.sync(() => {
      assert.isAbove(cases.length, 0)
      for (const { options, results } of cases) {
        for (const count of channels) {
          const to = new Uint8Array(results[count].length).fill(99)
          run(golden.images[count], to, shapeOf(count), options)
          const what = `${name} ${JSON.stringify(options)}, ${count} channels`
          assert.isAtMost(distance(to, results[count]), most, what)
        }
      }
    })
  }
}

const windowOf = (options: Options): Resize.Window => ({
  top: number(options, "top"),
  left: number(options, "left"),
  height: number(options, "height"),
  width: number(options, "width")
})

const cornersOf = ({ corners }: Options): Matrices.Corners => {
  const [a, b, c, d] = Array.isArray(corners) ? corners.map((corner) => pair(corner)) : []
  return [a!, b!, c!, d!]
}

const perspective =
  (interpolation: Warp.Interpolation): Kernel =>
  (from, to, shape, options) => {
    const projection = Matrices.projection(Perspective.corners(shape), cornersOf(options))
    for (const [i, expected] of numbers(options, "coefficients").entries()) {
      assert.closeTo(projection[i]!, expected, 1e-5)
    }
    Warp.make(shape, interpolation).perspective(from, to, projection)
  }

/** What the steps make of a white pixel, and how often. */
const countsOf = (augment: Augment.Augment, images: number): ReadonlyMap<number, number> => {
  const apply = Result.getOrThrow(Augment.compile(augment, { height: 1, width: 1, channels: 1 }))
  const counts = new Map<number, number>()
  const [from, to] = [Uint8Array.of(255), new Uint8Array(1)]
  for (let image = 0; image < images; image++) {
    apply(from, to, Random.make(1, image), { ...at, image })
    counts.set(to[0]!, (counts.get(to[0]!) ?? 0) + 1)
  }
  return counts
}

/** The operations of a policy, their magnitudes in each bin, and whether they are signed. */
const table = (
  policy: keyof typeof golden.spaces,
  reference: string,
  operations: (shape: ImageShape) => ReadonlyArray<Operations.Operation>
): Row => ({
  name: `${policy}, the magnitudes`,
  source: `${torchvision}, transforms.v2.${reference}._AUGMENTATION_SPACE`,
  reference: `${golden.spaces[policy].length} operations in torchvision's order`,
  tolerance: "1e-6 of the magnitude",
  check: Effect.sync(() => {
    const expected = golden.spaces[policy]
    const ours = operations(shapeOf("3"))
    assert.deepStrictEqual(
      ours.map(({ name, signed }) => [name, signed]),
      expected.map(({ name, signed }) => [name, signed])
    )
    for (const [i, { magnitudes, name }] of expected.entries()) {
      assert.strictEqual(ours[i]!.magnitudes.length, magnitudes?.length ?? 0, name)
      for (const [bin, magnitude] of (magnitudes ?? []).entries()) {
        assert.closeTo(ours[i]!.magnitudes[bin]!, magnitude, 1e-6 * Math.abs(magnitude), name)
      }
    }
  })
})

/** The operations of a policy on the golden images, in two bins and with both signs. */
const applied = (policy: "randAugment" | "augMix", reference: string, interpolation: Warp.Interpolation): Row => {
  const cases = golden.applied.filter((one) => one.policy === policy)
  return {
    name: `${policy}, the operations`,
    source: `${torchvision}, transforms.v2.${reference}._apply_image_or_video_transform`,
    reference: `${cases.length} cases, grey and RGB`,
    tolerance: "1 of 255",
    check: Effect.sync(() => {
      assert.isAbove(cases.length, 0)
      for (const { magnitude, name, results } of cases) {
        for (const count of channels) {
          const to = new Uint8Array(results[count].length)
          Operations.changes(shapeOf(count), interpolation)(name, golden.images[count], to, magnitude)
          assert.isAtMost(distance(to, results[count]), 1, `${name} by ${magnitude}, ${count} channels`)
        }
      }
    })
  }
}

export const rows: ReadonlyArray<Row> = [
  compared("brightness", "brightness", "adjust_brightness", 0, (from, to, _, options) =>
    Lookup.brightness(from, to, number(options, "factor"))
  ),
  compared("contrast", "contrast", "adjust_contrast", 0, (from, to, shape, options) =>
    Grey.contrast(from, to, shape, number(options, "factor"))
  ),
  compared("saturation", "saturation", "adjust_saturation", 0, (from, to, shape, options) =>
    Grey.saturation(from, to, shape, number(options, "factor"))
  ),
  compared("hue", "hue", "adjust_hue", 1, (from, to, shape, options) =>
    Grey.hue(from, to, shape, number(options, "factor"))
  ),
  compared("sharpness", "sharpness", "adjust_sharpness", 0, (from, to, shape, options) =>
    sharpness(from, to, shape, number(options, "factor"))
  ),
  compared("autoContrast", "autoContrast", "autocontrast", 0, Lookup.autoContrast),
  compared(
    "grayscale",
    "grayscale",
    "rgb_to_grayscale",
    0,
    step(() => Augment.grayscale)
  ),
  compared(
    "posterize",
    "posterize",
    "posterize",
    0,
    step((options) => Augment.posterize(number(options, "bits")))
  ),
  compared(
    "solarize",
    "solarize",
    "solarize",
    0,
    step((options) => Augment.solarize(number(options, "threshold")))
  ),
  compared(
    "equalize",
    "equalize",
    "equalize",
    0,
    step(() => Augment.equalize)
  ),
  compared(
    "blur",
    "blur",
    "gaussian_blur",
    1,
    step(
      (options) => {
        const sigma = number(options, "sigma")
        return Augment.blur(number(options, "kernelSize"), { sigma: [sigma, sigma] })
      },
      () => [0]
    )
  ),
  compared("resizedCrop", "resizedCrop", "resized_crop", 1, (from, to, shape, options) =>
    Resize.make(shape)(from, to, windowOf(options))
  ),
  compared(
    "rotate",
    "rotate",
    "rotate",
    1,
    step(
      () => Augment.rotate(180),
      (options) => [(number(options, "degrees") / 180 + 1) / 2]
    )
  ),
  compared("affine", "affine", "affine", 1, (from, to, shape, options) =>
    Warp.make(shape, interpolation(options)).affine(
      from,
      to,
      Matrices.inverseAffine({
        angle: number(options, "angle"),
        translate: pair(numbers(options, "translate")),
        scale: number(options, "scale"),
        shear: pair(numbers(options, "shear"))
      })
    )
  ),
  compared("perspective, bilinear", "perspective-bilinear", "perspective", 1, perspective("bilinear")),
  compared("perspective, nearest", "perspective-nearest", "perspective", 0, perspective("nearest")),
  compared("erase", "erase", "erase", 0, (from, to, shape, options) => {
    to.set(from)
    fill(to, shape, windowOf(options), 7, fixed())
  }),
  compared(
    "crop",
    "crop",
    "crop of a pad",
    0,
    step(
      ({ mode }) => Augment.crop(4, mode === "reflect" ? "reflect" : "zero"),
      (options) => [number(options, "top"), number(options, "left")]
    )
  ),
  compared(
    "flip",
    "flip",
    "horizontal_flip",
    0,
    step(
      () => Augment.flip,
      () => [1]
    )
  ),
  compared(
    "verticalFlip",
    "verticalFlip",
    "vertical_flip",
    0,
    step(
      () => Augment.verticalFlip,
      () => [1]
    )
  ),
  {
    name: "alternatingFlip",
    source: "Jordan 2024, arXiv:2404.00498, sec. 3.6, and cifar10-airbench, airbench94.py",
    reference: "a random half before epoch 0, then all images in each odd epoch",
    tolerance: "exact; half of 2000 images within 5 %",
    check: Effect.sync(() => {
      const epochs = [0, 1, 2, 3].map((epoch) =>
        Array.from({ length: 2000 }, (_, image) => AlternatingFlip.isMirrored({ seed: 1, epoch, image }))
      )
      const [first, second, third, fourth] = epochs
      assert.closeTo(first!.filter(Boolean).length, 1000, 100)
      assert.deepStrictEqual(
        second,
        first!.map((mirrored) => !mirrored)
      )
      assert.deepStrictEqual([third, fourth], [first, second])
    })
  },
  {
    name: "cutout",
    source:
      "DeVries and Taylor 2017, arXiv:1708.04552, util/cutout.py: clip(centre - 8, 0, 32) to clip(centre + 8, 0, 32)",
    reference: "16 pixels in the middle, 8 in a corner",
    tolerance: "exact",
    check: Effect.sync(() => {
      const shape = { height: 32, width: 32, channels: 3 }
      assert.deepStrictEqual(square(16, shape, 16, 20), { top: 8, left: 12, height: 16, width: 16 })
      assert.deepStrictEqual(square(16, shape, 0, 31), { top: 0, left: 23, height: 8, width: 9 })
    })
  },
  table("randAugment", "RandAugment", ({ height, width }) => RandAugment.operations(width, height, 31)),
  table("trivialAugment", "TrivialAugmentWide", () => TrivialAugment.operations(31)),
  table("augMix", "AugMix", ({ height, width }) => AugMix.operations(width, height, true)),
  applied("randAugment", "RandAugment", "nearest"),
  applied("augMix", "AugMix", "bilinear"),
  {
    name: "augMix, the mean",
    source: `${torchvision}, transforms.v2.AugMix`,
    reference: "an image and three changed copies, with weights",
    tolerance: "1 of 255: torchvision cuts the mean, we round it",
    check: Effect.sync(() => {
      const { images, original, weights } = golden.augMix
      for (const count of channels) {
        const { parts, result } = images[count]
        const sum = new Int32Array(result.length)
        const to = new Uint8Array(result.length)
        AugMix.add(sum, golden.images[count], original)
        for (const [i, part] of parts.entries()) AugMix.add(sum, part, weights[i]!)
        AugMix.round(sum, to)
        assert.isAtMost(distance(to, result), 1)
      }
    })
  },
  {
    name: "the defaults",
    source: `${torchvision}, transforms.v2: the signatures of ${Object.keys(golden.defaults).length} transforms`,
    reference: Object.keys(golden.defaults).join(", "),
    tolerance: "exact, for the options that both have",
    check: Effect.sync(() => {
      const ours: Readonly<Record<string, object>> = {
        ...Augment.resizedCrop(),
        ...Augment.perspective(),
        ...Augment.blur(3),
        ...Augment.erase(),
        ...Augment.randAugment(),
        ...Augment.trivialAugment(),
        ...Augment.augMix()
      }
      const noOptions = ["antialias", "inplace", "fill"]
      for (const [step, theirs] of Object.entries(golden.defaults)) {
        for (const [option, value] of Object.entries(theirs)) {
          // Where ours has one way to sample, it is torchvision's default.
          if (noOptions.includes(option) || (step === "resizedCrop" && option === "interpolation")) continue
          assert.deepStrictEqual(Reflect.get(ours[step]!, option), value, `${step}.${option}`)
        }
      }
    })
  },
  {
    name: "sometimes",
    source: `${torchvision}, transforms.v2.RandomApply`,
    reference: "the steps for a fraction p of the images",
    tolerance: "1 % of 10,000 images",
    check: Effect.sync(() => {
      for (const p of [0, 0.1, 0.5, 1]) {
        const counts = countsOf([Augment.sometimes(p, [Augment.posterize(0)])], 10_000)
        assert.closeTo(counts.get(0) ?? 0, 10_000 * p, p === 0 || p === 1 ? 0 : 100)
      }
    })
  },
  {
    name: "oneOf",
    source: `${torchvision}, transforms.v2.RandomChoice`,
    reference: "each of the steps equally often",
    tolerance: "1.5 % of 9,000 images",
    check: Effect.sync(() => {
      const counts = countsOf([Augment.oneOf([1, 2, 8].map(Augment.posterize))], 9000)
      for (const value of [128, 192, 255]) assert.closeTo(counts.get(value) ?? 0, 3000, 135)
    })
  }
]
