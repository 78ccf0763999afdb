import { Result, Schema } from "effect"
import * as Random from "../../internal/Random.js"
import { withDefault } from "../../internal/SchemaFields.js"
import { type Apply, type Compile, sequence } from "./Change.js"
import * as Draws from "./Draws.js"
import * as Kind from "./Kind.js"
import * as Grey from "./kernels/Grey.js"
import * as Lookup from "./kernels/Lookup.js"
import * as Options from "./Options.js"

const defaults = { brightness: 0, contrast: 0, saturation: 0, hue: 0 }

const Hue = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.5 }))

/**
 * Changes brightness, contrast, saturation and hue, in an order drawn for each image.
 *
 * Factors are drawn evenly from max(0, 1 - option) to 1 + option, the turn of the hue from -hue to hue of the colour circle; 0 leaves one alone. Saturation
 * and hue of grey images are left alone.
 *
 * @category schemas
 */
export const ColorJitter = Schema.Struct({
  colorJitter: Schema.Struct({
    brightness: Options.NotNegative.pipe(withDefault(defaults.brightness)),
    contrast: Options.NotNegative.pipe(withDefault(defaults.contrast)),
    saturation: Options.NotNegative.pipe(withDefault(defaults.saturation)),
    hue: Hue.pipe(withDefault(defaults.hue))
  })
})
/** @category models */
export type ColorJitter = typeof ColorJitter.Type

/**
 * Changes brightness, contrast, saturation and hue by up to the options, which are 0 by default.
 *
 * **Source** torchvision's `ColorJitter`.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Augment } from "effect-tensorflow/data"
 *
 * Augment.colorJitter({ brightness: 0.4, hue: 0.1 }) // => { colorJitter: { brightness: 0.4, contrast: 0, saturation: 0, hue: 0.1 } }
 * ```
 */
export const colorJitter = (options: Partial<ColorJitter["colorJitter"]>): ColorJitter => ({
  colorJitter: { ...defaults, ...options }
})

type Kernel = (from: Uint8Array, to: Uint8Array, amount: number) => void

/** A change by an amount that is drawn from a range. */
const change =
  (kernel: Kernel, range: readonly [number, number]): Apply =>
  (from, to, generator) =>
    kernel(from, to, Draws.between(generator, range))

/** Draws the order of the four, then the amount of each that is changed, in this order. */
const compile: Compile<ColorJitter> = ({ colorJitter: { brightness, contrast, hue, saturation } }, shape) => {
  const factor = (most: number) => [Math.max(0, 1 - most), 1 + most] as const
  const changes = [
    brightness > 0 ? [change(Lookup.brightness, factor(brightness))] : [],
    contrast > 0 ? [change((from, to, by) => Grey.contrast(from, to, shape, by), factor(contrast))] : [],
    saturation > 0 ? [change((from, to, by) => Grey.saturation(from, to, shape, by), factor(saturation))] : [],
    hue > 0 ? [change((from, to, by) => Grey.hue(from, to, shape, by), [-hue, hue])] : []
  ]
  const run = sequence(shape)
  return Result.map(Kind.checkColours("colorJitter", shape), () => (from, to, generator, at) => {
    const order = Array.from(Random.permutation(4, generator))
    run(
      order.flatMap((i) => changes[i]!),
      from,
      to,
      generator,
      at
    )
  })
}

export const kind = Kind.make("colorJitter", ColorJitter, colorJitter({ brightness: 0.4 }), compile)
