import { Result, Schema } from "effect"
import { withDefault } from "../../internal/SchemaFields.js"
import { imageBytes } from "../ImageSet.js"
import type { Compile } from "./Change.js"
import * as Draws from "./Draws.js"
import * as Kind from "./Kind.js"
import * as Operations from "./Operations.js"
import * as Options from "./Options.js"

const defaults = {
  severity: 3,
  mixtureWidth: 3,
  chainDepth: -1,
  alpha: 1,
  allOps: true,
  interpolation: "bilinear"
} as const

/**
 * Mixes the image with `mixtureWidth` copies of it, each changed `chainDepth` times: 1 to 3 times, drawn for each, if it is -1.
 *
 * The strength of each change is drawn from the lowest `severity` of 10 bins. `alpha` is the parameter of the distributions of the weights. Without `allOps`, brightness, colour, contrast and
 * sharpness stay as they are.
 *
 * @category schemas
 */
export const AugMix = Schema.Struct({
  augMix: Schema.Struct({
    severity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 })).pipe(withDefault(defaults.severity)),
    mixtureWidth: Options.Count.pipe(withDefault(defaults.mixtureWidth)),
    chainDepth: Schema.Union([Schema.Literal(-1), Options.Count]).pipe(withDefault(defaults.chainDepth)),
    alpha: Options.Positive.pipe(withDefault(defaults.alpha)),
    allOps: Schema.Boolean.pipe(withDefault(defaults.allOps)),
    interpolation: Options.Interpolation.pipe(withDefault(defaults.interpolation))
  })
})
/** @category models */
export type AugMix = typeof AugMix.Type

/**
 * Mixes the image with three changed copies of it.
 *
 * **Source** Hendrycks et al. 2019, arXiv:1912.02781; torchvision's `AugMix`, except that the mean is rounded where torchvision cuts it. The paper's loss, which compares the predictions for
 * several such images, is not part of it.
 *
 * @category constructors
 */
export const augMix = (options: Partial<AugMix["augMix"]> = {}): AugMix => ({ augMix: { ...defaults, ...options } })

const colours: ReadonlyArray<Operations.Name> = ["Brightness", "Color", "Contrast", "Sharpness"]

/** The operations, in torchvision's order: those of colours last. */
export const operations = (width: number, height: number, allOps: boolean): ReadonlyArray<Operations.Operation> => {
  const limits = { shear: 0.3, translate: [width / 3, height / 3], degrees: 30, factor: 0.9, bits: [4, 0] } as const
  const all = Operations.all(limits, 10).filter(({ name }) => name !== "Identity")
  const isColour = ({ name }: Operations.Operation) => colours.includes(name)
  return [...all.filter((operation) => !isColour(operation)), ...(allOps ? all.filter(isColour) : [])]
}

// Weights are multiples of 2^-20: times bytes, they stay below 2^31.
const one = 1 << 20

/** Adds an image times a weight to a sum, which is in units of 2^-20. */
export const add = (sum: Int32Array, image: Uint8Array, weight: number): void => {
  const whole = Math.round(weight * one)
  for (let i = 0; i < image.length; i++) sum[i]! += Math.imul(image[i]!, whole)
}

/** Rounds a sum to bytes. */
export const round = (sum: Int32Array, to: Uint8Array): void => {
  for (let i = 0; i < to.length; i++) to[i] = (sum[i]! + one / 2) >> 20
}

/** Draws the image's own weight, the weights of the copies, then for each copy its depth, and for each change which, its bin, and its sign. */
const compile: Compile<AugMix> = ({ augMix }, shape) => {
  const { allOps, alpha, chainDepth, interpolation, mixtureWidth, severity } = augMix
  const choices = operations(shape.width, shape.height, allOps)
  const change = Operations.changes(shape, interpolation)
  const bytes = imageBytes(shape)
  const sum = new Int32Array(bytes)
  const buffers = [new Uint8Array(bytes), new Uint8Array(bytes)] as const
  return Result.map(Kind.checkColours("augMix", shape), () => (from, to, generator) => {
    const [own = 0] = Draws.dirichlet(generator, 2, alpha)
    const weights = Draws.dirichlet(generator, mixtureWidth, alpha)
    sum.fill(0)
    add(sum, from, own)
    for (const weight of weights) {
      const depth = chainDepth === -1 ? 1 + generator.below(3) : chainDepth
      let source = from
      for (let i = 0; i < depth; i++) {
        const [name, amount] = Operations.draw(choices, (bins) => bins.below(severity), generator)
        const target = buffers[i & 1 ? 1 : 0]
        change(name, source, target, amount)
        source = target
      }
      add(sum, source, weight * (1 - own))
    }
    round(sum, to)
  })
}

export const kind = Kind.make("augMix", AugMix, augMix(), compile)
