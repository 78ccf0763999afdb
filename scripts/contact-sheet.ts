/** Draws docs/augmentation.png, every step on one image of CIFAR-10: `npm run contact-sheet`. */
import { NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { Augment, Images } from "../src/data/index.js"
import { ContactSheet, DatasetSource, Files } from "../src/services/index.js"

/** A frog, of class 6. */
const image = 0
const samples = 10

const steps: Readonly<Record<string, ReadonlyArray<Augment.Step>>> = {
  "the image": [],
  "crop(4)": [Augment.crop(4)],
  'crop(4, "reflect")': [Augment.crop(4, "reflect")],
  "resizedCrop()": [Augment.resizedCrop()],
  flip: [Augment.flip],
  verticalFlip: [Augment.verticalFlip],
  alternatingFlip: [Augment.alternatingFlip],
  "rotate(15)": [Augment.rotate(15)],
  "affine({ degrees: 15, translate, scale, shear })": [
    Augment.affine({
      degrees: 15,
      translate: [0.1, 0.1],
      scale: [0.8, 1.2],
      shear: [-10, 10, -10, 10],
      interpolation: "bilinear"
    })
  ],
  "perspective()": [Augment.perspective()],
  "colorJitter({ brightness: 0.5 })": [Augment.colorJitter({ brightness: 0.5 })],
  "colorJitter({ contrast: 0.5 })": [Augment.colorJitter({ contrast: 0.5 })],
  "colorJitter({ saturation: 1 })": [Augment.colorJitter({ saturation: 1 })],
  "colorJitter({ hue: 0.5 })": [Augment.colorJitter({ hue: 0.5 })],
  "sometimes(0.5, [grayscale])": [Augment.sometimes(0.5, [Augment.grayscale])],
  "blur(5)": [Augment.blur(5)],
  "sometimes(0.5, [solarize(128)])": [Augment.sometimes(0.5, [Augment.solarize(128)])],
  "oneOf([posterize(1), ..., posterize(8)])": [
    Augment.oneOf([1, 2, 3, 4, 5, 6, 7, 8].map((bits) => Augment.posterize(bits)))
  ],
  "sometimes(0.5, [equalize])": [Augment.sometimes(0.5, [Augment.equalize])],
  "cutout(12)": [Augment.cutout(12)],
  "erase()": [Augment.erase()],
  'erase({ value: "random" })': [Augment.erase({ value: "random" })],
  "randAugment()": [Augment.randAugment()],
  "randAugment({ magnitude: 20 })": [Augment.randAugment({ magnitude: 20 })],
  "trivialAugment()": [Augment.trivialAugment()],
  "augMix()": [Augment.augMix()]
}

const program = Effect.gen(function* () {
  const { train } = yield* (yield* DatasetSource).load("cifar10")
  const pixels = yield* Images.pixels(train, [image])
  const at = { pixels, shape: train.shape, seed: 0, image, epochs: samples }
  const rows = yield* Effect.forEach(Object.entries(steps), ([name, augment]) =>
    Effect.map(Effect.fromResult(ContactSheet.shown(augment, at)), (images) => ({ name, images }))
  )
  const columns = Array.from({ length: samples }, (_, epoch) => `epoch ${epoch}`)
  yield* Files.writeAtomic("docs/augmentation.png", yield* ContactSheet.png(rows, { columns, shape: train.shape }))
})

await Effect.runPromise(
  Effect.provide(program, Layer.provideMerge(DatasetSource.layer, [NodeServices.layer, FetchHttpClient.layer]))
)
