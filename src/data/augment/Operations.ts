import type { Generator } from "../../internal/Random.js"
import type { ImageShape } from "../ImageSet.js"
import * as Grey from "./kernels/Grey.js"
import * as Lookup from "./kernels/Lookup.js"
import * as Matrices from "./kernels/Matrices.js"
import { sharpness } from "./kernels/Sharpness.js"
import * as Warp from "./kernels/Warp.js"

/** The changes that RandAugment, TrivialAugment and AugMix draw from. */
export type Name =
  | "Identity"
  | "ShearX"
  | "ShearY"
  | "TranslateX"
  | "TranslateY"
  | "Rotate"
  | "Brightness"
  | "Color"
  | "Contrast"
  | "Sharpness"
  | "Posterize"
  | "Solarize"
  | "AutoContrast"
  | "Equalize"

/** A change, its magnitudes from the first bin to the last (none if it has no magnitude), and whether the magnitude's sign is drawn. */
export interface Operation {
  readonly name: Name
  readonly magnitudes: ReadonlyArray<number>
  readonly signed: boolean
}

/** The greatest magnitudes of a policy. */
export interface Limits {
  readonly shear: number
  readonly translate: readonly [x: number, y: number]
  readonly degrees: number
  /** Of brightness, colour, contrast and sharpness, on both sides of 1. */
  readonly factor: number
  /** The bits that posterize keeps in the first bin and in the last. */
  readonly bits: readonly [number, number]
}

/** Evenly spaced numbers, as `torch.linspace` rounds them. */
const spaced = (start: number, end: number, bins: number): ReadonlyArray<number> => {
  if (bins === 1) return [start]
  const step = Math.fround((Math.fround(end) - Math.fround(start)) / (bins - 1))
  return Array.from({ length: bins }, (_, i) =>
    i < bins / 2 ? Math.fround(start + step * i) : Math.fround(Math.fround(end) - step * (bins - 1 - i))
  )
}

const roundHalfEven = (x: number): number => {
  const rounded = Math.round(x)
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

/** The magnitudes of all changes in `bins` steps, in torchvision's order. **Source** torchvision's tables `_AUGMENTATION_SPACE`. */
export const all = (limits: Limits, bins: number): ReadonlyArray<Operation> => {
  const upTo = (most: number) => ({ magnitudes: spaced(0, most, bins), signed: true })
  const [first, last] = limits.bits
  const bits = Array.from({ length: bins }, (_, i) =>
    bins === 1 ? first : roundHalfEven(first - i / ((bins - 1) / (first - last)))
  )
  const plain = { magnitudes: [], signed: false }
  return [
    { name: "Identity", ...plain },
    { name: "ShearX", ...upTo(limits.shear) },
    { name: "ShearY", ...upTo(limits.shear) },
    { name: "TranslateX", ...upTo(limits.translate[0]) },
    { name: "TranslateY", ...upTo(limits.translate[1]) },
    { name: "Rotate", ...upTo(limits.degrees) },
    { name: "Brightness", ...upTo(limits.factor) },
    { name: "Color", ...upTo(limits.factor) },
    { name: "Contrast", ...upTo(limits.factor) },
    { name: "Sharpness", ...upTo(limits.factor) },
    { name: "Posterize", magnitudes: bits, signed: false },
    { name: "Solarize", magnitudes: spaced(1, 0, bins), signed: false },
    { name: "AutoContrast", ...plain },
    { name: "Equalize", ...plain }
  ]
}

/** Makes one change of an image by a magnitude. */
export type Change = (name: Name, from: Uint8Array, to: Uint8Array, magnitude: number) => void

/** The changes for images of one shape. **Source** torchvision's `_apply_image_or_video_transform`. */
export const changes = (shape: ImageShape, interpolation: Warp.Interpolation): Change => {
  const warp = Warp.make(shape, interpolation)
  const still: Matrices.Affine = { angle: 0, translate: [0, 0], scale: 1, shear: [0, 0] }
  const corner = [-shape.width / 2, -shape.height / 2] as const
  const shear = (magnitude: number) => (Math.atan(magnitude) * 180) / Math.PI
  return (name, from, to, magnitude) => {
    const move = (affine: Partial<Matrices.Affine>) =>
      warp.affine(from, to, Matrices.inverseAffine({ ...still, ...affine }))
    switch (name) {
      case "Identity":
        return to.set(from)
      case "ShearX":
        return move({ shear: [shear(magnitude), 0], center: corner })
      case "ShearY":
        return move({ shear: [0, shear(magnitude)], center: corner })
      case "TranslateX":
        return move({ translate: [Math.trunc(magnitude), 0] })
      case "TranslateY":
        return move({ translate: [0, Math.trunc(magnitude)] })
      case "Rotate":
        return move({ angle: -magnitude })
      case "Brightness":
        return Lookup.brightness(from, to, 1 + magnitude)
      case "Color":
        return Grey.saturation(from, to, shape, 1 + magnitude)
      case "Contrast":
        return Grey.contrast(from, to, shape, 1 + magnitude)
      case "Sharpness":
        return sharpness(from, to, shape, 1 + magnitude)
      case "Posterize":
        return Lookup.posterize(from, to, magnitude)
      case "Solarize":
        return Lookup.solarize(from, to, 255 * magnitude)
      case "AutoContrast":
        return Lookup.autoContrast(from, to, shape)
      case "Equalize":
        return Lookup.equalize(from, to, shape)
    }
  }
}

/** One of the operations, and its magnitude: of the bin that `bin` draws, with its sign. */
export const draw = (
  operations: ReadonlyArray<Operation>,
  bin: (generator: Generator) => number,
  generator: Generator
): readonly [name: Name, magnitude: number] => {
  const { magnitudes, name, signed } = operations[generator.below(operations.length)]!
  if (magnitudes.length === 0) return [name, 0]
  const magnitude = magnitudes[bin(generator)]!
  return [name, signed && generator.below(2) === 1 ? -magnitude : magnitude]
}
