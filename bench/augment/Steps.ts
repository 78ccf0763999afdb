import { Augment } from "../../src/data/index.js"

/** What is timed: the same names are in `torchvision.py`. */
export const steps: Readonly<Record<string, ReadonlyArray<Augment.Step>>> = {
  "crop, zero": [Augment.crop(4)],
  "crop, reflect": [Augment.crop(4, "reflect")],
  resizedCrop: [Augment.resizedCrop()],
  flip: [Augment.flip],
  verticalFlip: [Augment.verticalFlip],
  rotate: [Augment.rotate(15)],
  "affine, nearest": [Augment.affine({ degrees: 15, translate: [0.1, 0.1], scale: [0.9, 1.1] })],
  "affine, bilinear": [
    Augment.affine({ degrees: 15, translate: [0.1, 0.1], scale: [0.9, 1.1], interpolation: "bilinear" })
  ],
  perspective: [Augment.perspective()],
  "colorJitter, brightness": [Augment.colorJitter({ brightness: 0.4 })],
  "colorJitter, contrast": [Augment.colorJitter({ contrast: 0.4 })],
  "colorJitter, saturation": [Augment.colorJitter({ saturation: 0.4 })],
  "colorJitter, hue": [Augment.colorJitter({ hue: 0.1 })],
  "colorJitter, all": [Augment.colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 })],
  grayscale: [Augment.grayscale],
  "blur, 3": [Augment.blur(3)],
  "blur, 9": [Augment.blur(9)],
  solarize: [Augment.solarize(128)],
  posterize: [Augment.posterize(4)],
  equalize: [Augment.equalize],
  erase: [Augment.erase()],
  randAugment: [Augment.randAugment()],
  trivialAugment: [Augment.trivialAugment()],
  augMix: [Augment.augMix()],
  "crop, flip": [Augment.crop(4), Augment.flip],
  "crop, flip, randAugment, erase": [
    Augment.crop(4),
    Augment.flip,
    Augment.randAugment(),
    Augment.sometimes(0.5, [Augment.erase()])
  ],
  // Not in torchvision.
  alternatingFlip: [Augment.alternatingFlip],
  cutout: [Augment.cutout(8)]
}
