import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { Augment, type ImageSet } from "../../../src/data/index.js"

const rgb = { height: 8, width: 6, channels: 3 }

const refusal = (step: Augment.Step, shape: ImageSet.ImageShape = rgb): string =>
  Result.match(Augment.compile([step], shape), { onFailure: ({ message }) => message, onSuccess: () => "accepted" })

describe("options that make no sense", () => {
  const cases: ReadonlyArray<readonly [step: Augment.Step, reason: string]> = [
    [Augment.rotate(200), "rotate.degrees of the augmentation is 200: expected a value between 0 and 180"],
    [Augment.resizedCrop({ scale: [0.5, 0.2] }), "resizedCrop.scale of the augmentation is [0.5,0.2]"],
    [Augment.resizedCrop({ scale: [0, 1] }), "resizedCrop.scale.0 of the augmentation is 0"],
    [Augment.affine({ translate: [2, 0] }), "affine.translate.0 of the augmentation is 2"],
    [Augment.affine({ shear: [0, 90, 0, 0] }), "affine.shear.1 of the augmentation is 90"],
    [Augment.perspective({ distortionScale: -1 }), "perspective.distortionScale of the augmentation is -1"],
    [Augment.colorJitter({ hue: 0.6 }), "colorJitter.hue of the augmentation is 0.6"],
    [Augment.blur(4), "blur.kernelSize of the augmentation is 4: expected an odd number"],
    [Augment.blur(13), "blur.kernelSize is 13; for images of 8x6 it is at most 11"],
    [Augment.blur(3, { sigma: [0, 1] }), "blur.sigma.0 of the augmentation is 0"],
    [Augment.solarize(256), "solarize.threshold of the augmentation is 256"],
    [Augment.posterize(9), "posterize.bits of the augmentation is 9"],
    [Augment.erase({ value: [1, 2] }), "erase.value has 2 numbers, but images of 8x6x3 have 3 channels"],
    [Augment.cutout(0), "cutout.size of the augmentation is 0"],
    [Augment.randAugment({ magnitude: 31 }), "randAugment.magnitude is 31; of 31 bins, the last is 30"],
    [Augment.trivialAugment({ numMagnitudeBins: 0 }), "trivialAugment.numMagnitudeBins of the augmentation is 0"],
    [Augment.augMix({ severity: 11 }), "augMix.severity of the augmentation is 11"],
    [Augment.augMix({ chainDepth: 0 }), "augMix.chainDepth of the augmentation is 0"],
    [Augment.sometimes(1.5, []), "sometimes.p is 1.5; expected a number of at least 0 and at most 1"],
    [Augment.sometimes(0.5, [Augment.oneOf([])]), "oneOf has no steps to choose from"]
  ]
  for (const [step, reason] of cases) {
    it(JSON.stringify(step), () => {
      const message = refusal(step)
      assert.include(message, reason)
      assert.include(message, "\n  fix: ")
    })
  }

  it("colours of images that have none", () => {
    const steps = [
      Augment.colorJitter({ hue: 0.1 }),
      Augment.grayscale,
      Augment.randAugment(),
      Augment.trivialAugment()
    ]
    for (const step of [...steps, Augment.augMix()]) {
      assert.include(refusal(step, { ...rgb, channels: 4 }), "of 1 or 3 channels; these are 8x6x4")
      assert.strictEqual(refusal(step, { ...rgb, channels: 1 }), "accepted")
    }
    assert.include(refusal(Augment.perspective(), { ...rgb, width: 1 }), "at least 2x2 pixels; these are 8x1")
  })
})

describe("a recipe's steps", () => {
  const decode = Schema.decodeUnknownResult(Augment.Augment, { onExcessProperty: "error" })

  it("take the defaults of the constructors", () => {
    const encoded = [
      { resizedCrop: {} },
      { affine: {} },
      { perspective: {} },
      { colorJitter: {} },
      { blur: { kernelSize: 3 } },
      { erase: {} },
      { cutout: { size: 8 } },
      { randAugment: {} },
      { trivialAugment: {} },
      { augMix: {} }
    ]
    const made = [
      Augment.resizedCrop(),
      Augment.affine({}),
      Augment.perspective(),
      Augment.colorJitter({}),
      Augment.blur(3),
      Augment.erase(),
      Augment.cutout(8),
      Augment.randAugment(),
      Augment.trivialAugment(),
      Augment.augMix()
    ]
    assert.deepStrictEqual(decode(encoded), Result.succeed(made))
    assert.deepStrictEqual(Augment.describe(made), made)
  })

  it("nest", () => {
    const nested = [
      Augment.alternatingFlip,
      Augment.sometimes(0.5, [Augment.erase(), Augment.oneOf([Augment.equalize, Augment.sometimes(1, [])])])
    ]
    assert.deepStrictEqual(decode(JSON.parse(JSON.stringify(nested))), Result.succeed(nested))
    const step = Augment.custom({ name: "same", apply: () => (from, to) => to.set(from) })
    assert.deepStrictEqual(Augment.describe([Augment.sometimes(0.5, [step, Augment.oneOf([step])])]), [
      {
        sometimes: {
          p: 0.5,
          steps: [{ custom: { name: "same", options: {} } }, { oneOf: [{ custom: { name: "same", options: {} } }] }]
        }
      }
    ])
  })

  it("are refused with options out of range, unknown ones, and without steps to choose from", () => {
    for (const step of [
      { erase: { scale: [0.5, 0.2] } },
      { erase: { p: 0.5 } },
      { sometimes: { p: 2, steps: [] } },
      { oneOf: [] },
      { spin: {} }
    ]) {
      assert.isTrue(Result.isFailure(decode([step])), JSON.stringify(step))
    }
  })
})
