import { Result, Schema } from "effect"
import type * as Random from "../internal/Random.js"
import { DatasetError } from "./DatasetError.js"
import type { ImageShape } from "./ImageSet.js"

/**
 * Pads each side by `padding` pixels and cuts a random window of the old size.
 *
 * `mode` "zero" pads with black, "reflect" mirrors the picture about its edge pixels (which are not repeated).
 */
export const Crop = Schema.Struct({
  crop: Schema.Struct({
    padding: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
    mode: Schema.Literals(["zero", "reflect"])
  })
})
export type Crop = typeof Crop.Type

/** Mirrors left and right, of one image in two. */
export const Flip = Schema.Struct({ flip: Schema.Struct({}) })
export type Flip = typeof Flip.Type

/**
 * Turns about the centre by an angle drawn evenly from `-degrees` to `degrees`.
 *
 * Sampled bilinearly, rounded to whole pixel values; what comes from outside the picture is black.
 */
export const Rotate = Schema.Struct({
  rotate: Schema.Struct({ degrees: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 180 })) })
})
export type Rotate = typeof Rotate.Type

/** One random change of an image. */
export const Step = Schema.Union([Crop, Flip, Rotate])
export type Step = typeof Step.Type

/** Random changes of a training image, done in order; none when empty. */
export const Augment = Schema.Array(Step)
export type Augment = typeof Augment.Type

/** Pad and crop, by default with black. */
export const crop = (padding: number, mode: Crop["crop"]["mode"] = "zero"): Crop => ({ crop: { padding, mode } })

/** Mirror one image in two. */
export const flip: Flip = { flip: {} }

/** Turn by at most `degrees` to either side. */
export const rotate = (degrees: number): Rotate => ({ rotate: { degrees } })

/** Writes a changed copy of the image at `fromOffset` of `from` to `toOffset` of `to`. */
type Apply = (
  from: Uint8Array,
  fromOffset: number,
  to: Uint8Array,
  toOffset: number,
  generator: Random.Generator
) => void

/** For each place of a window shifted by -padding .. padding, the place it shows: -1 for black. */
const places = (size: number, { mode, padding }: Crop["crop"]): Int32Array => {
  const table = new Int32Array(size + 2 * padding)
  for (let i = 0; i < table.length; i++) {
    const place = i - padding
    const mirrored = place < 0 ? -place : place >= size ? 2 * (size - 1) - place : place
    table[i] = mode === "reflect" || mirrored === place ? mirrored : -1
  }
  return table
}

const applyCrop = ({ channels, height, width }: ImageShape, step: Crop["crop"]): Apply => {
  const rows = places(height, step)
  const columns = places(width, step)
  const shifts = 2 * step.padding + 1
  return (from, fromOffset, to, toOffset, generator) => {
    const top = generator.below(shifts)
    const left = generator.below(shifts)
    let target = toOffset
    for (let y = 0; y < height; y++) {
      const row = rows[top + y]!
      for (let x = 0; x < width; x++) {
        const column = columns[left + x]!
        const source = fromOffset + (row * width + column) * channels
        for (let channel = 0; channel < channels; channel++) {
          to[target++] = row < 0 || column < 0 ? 0 : from[source + channel]!
        }
      }
    }
  }
}

const applyFlip =
  ({ channels, height, width }: ImageShape): Apply =>
  (from, fromOffset, to, toOffset, generator) => {
    const mirror = generator.below(2) === 1
    let target = toOffset
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const source = fromOffset + (y * width + (mirror ? width - 1 - x : x)) * channels
        for (let channel = 0; channel < channels; channel++) {
          to[target++] = from[source + channel]!
        }
      }
    }
  }

const applyRotate =
  ({ channels, height, width }: ImageShape, { degrees }: Rotate["rotate"]): Apply =>
  (from, fromOffset, to, toOffset, generator) => {
    const angle = ((2 * generator.uniform() - 1) * degrees * Math.PI) / 180
    const cos = Math.cos(angle)
    const sin = Math.sin(angle)
    const middleX = (width - 1) / 2
    const middleY = (height - 1) / 2
    const at = (y: number, x: number, channel: number): number =>
      y < 0 || y >= height || x < 0 || x >= width ? 0 : from[fromOffset + (y * width + x) * channels + channel]!
    let target = toOffset
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const sourceX = middleX + cos * (x - middleX) + sin * (y - middleY)
        const sourceY = middleY - sin * (x - middleX) + cos * (y - middleY)
        const left = Math.floor(sourceX)
        const top = Math.floor(sourceY)
        const right = sourceX - left
        const down = sourceY - top
        for (let channel = 0; channel < channels; channel++) {
          to[target++] = Math.round(
            (1 - down) * ((1 - right) * at(top, left, channel) + right * at(top, left + 1, channel)) +
              down * ((1 - right) * at(top + 1, left, channel) + right * at(top + 1, left + 1, channel))
          )
        }
      }
    }
  }

const compileStep = (shape: ImageShape, step: Step): Apply =>
  "crop" in step ? applyCrop(shape, step.crop) : "rotate" in step ? applyRotate(shape, step.rotate) : applyFlip(shape)

const checkStep = (shape: ImageShape, step: Step): DatasetError | undefined => {
  const size = Math.min(shape.height, shape.width)
  if ("crop" in step && !(Number.isInteger(step.crop.padding) && step.crop.padding >= 0 && step.crop.padding < size)) {
    return new DatasetError({
      op: "option",
      reason: `the crop's padding is ${step.crop.padding}; for images of ${shape.height}x${shape.width} it is an integer of 0 to ${size - 1}`,
      fix: "give a padding such as 4"
    })
  }
  if ("rotate" in step && !(step.rotate.degrees >= 0 && step.rotate.degrees <= 180)) {
    return new DatasetError({
      op: "option",
      reason: `the rotation is ${step.rotate.degrees} degrees; expected 0 to 180`,
      fix: "give an angle such as 10"
    })
  }
  return undefined
}

/**
 * The steps as one function for images of `shape`; the drawn numbers come from the generator given to it.
 *
 * **Errors** `DatasetError` for steps that images of `shape` do not allow.
 */
export const compile = (augment: Augment, shape: ImageShape): Result.Result<Apply, DatasetError> => {
  for (const step of augment) {
    const error = checkStep(shape, step)
    if (error !== undefined) {
      return Result.fail(error)
    }
  }
  const bytes = shape.height * shape.width * shape.channels
  const steps = augment.map((step) => compileStep(shape, step))
  const between = [new Uint8Array(bytes), new Uint8Array(bytes)] as const
  return Result.succeed((from, fromOffset, to, toOffset, generator) => {
    if (steps.length === 0) {
      to.set(from.subarray(fromOffset, fromOffset + bytes), toOffset)
    }
    let source = from
    let sourceOffset = fromOffset
    for (let i = 0; i < steps.length; i++) {
      const last = i === steps.length - 1
      const target = last ? to : between[i & 1 ? 1 : 0]
      steps[i]!(source, sourceOffset, target, last ? toOffset : 0, generator)
      source = target
      sourceOffset = 0
    }
  })
}
