import { Result, Schema } from "effect"
import { DatasetError } from "../DatasetError.js"
import type { Compile } from "./Change.js"

/**
 * Turns about the centre by an angle drawn evenly from `-degrees` to `degrees`.
 *
 * Sampled bilinearly, rounded to whole pixel values; what comes from outside the picture is black.
 *
 * @category schemas
 */
export const Rotate = Schema.Struct({
  rotate: Schema.Struct({ degrees: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 180 })) })
})
/** @category models */
export type Rotate = typeof Rotate.Type

/**
 * Turns by at most `degrees` to either side.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Augment } from "effect-tensorflow/data"
 *
 * Augment.rotate(10) // => { rotate: { degrees: 10 } }
 * ```
 */
export const rotate = (degrees: number): Rotate => ({ rotate: { degrees } })

/** Draws the angle. */
export const compile: Compile<Rotate> = ({ rotate: { degrees } }, { channels, height, width }) => {
  if (!(degrees >= 0 && degrees <= 180)) {
    return Result.fail(
      new DatasetError({
        op: "option",
        reason: `the rotation is ${degrees} degrees; expected 0 to 180`,
        fix: "give an angle such as 10"
      })
    )
  }
  const middleX = (width - 1) / 2
  const middleY = (height - 1) / 2
  return Result.succeed((from, to, generator) => {
    const angle = ((2 * generator.uniform() - 1) * degrees * Math.PI) / 180
    const cos = Math.cos(angle)
    const sin = Math.sin(angle)
    const at = (y: number, x: number, channel: number): number =>
      y < 0 || y >= height || x < 0 || x >= width ? 0 : from[(y * width + x) * channels + channel]!
    let target = 0
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
  })
}
