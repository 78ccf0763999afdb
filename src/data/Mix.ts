import { Schema } from "effect"
import type { Generator } from "../internal/Random.js"
import { described, withDefault } from "../internal/SchemaFields.js"
import { dirichlet } from "./augment/Draws.js"
import type { ImageShape } from "./ImageSet.js"
import * as CutMix from "./mix/CutMix.js"
import * as Mixup from "./mix/Mixup.js"

const Alpha = described(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)), "a number of at least 0; 0 for none")

const Probability = described(
  Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
  "a number of at least 0 and at most 1"
)

/**
 * The mixing of the images of a batch, each with that at the same place from the end of the batch, and of their targets in the same proportion.
 *
 * `mixup` blends the two, `cutmix` puts a box of one into the other. Each is 0 for none, or the `alpha` of the distribution Beta(alpha, alpha) of the
 * part `lambda` that an image keeps. A batch is mixed with `probability`; where both are given, by cutmix with the probability `switch`.
 *
 * **Source** mixup: Zhang et al. 2017, arXiv:1710.09412. CutMix: Yun et al. 2019, arXiv:1905.04899. The options are those of timm's `Mixup`
 * (`mixup_alpha`, `cutmix_alpha`, `prob`, `switch_prob`) in its mode "batch".
 *
 * @category schemas
 */
export const Mix = Schema.Struct({
  mixup: Alpha.pipe(withDefault(0)),
  cutmix: Alpha.pipe(withDefault(0)),
  probability: Probability.pipe(withDefault(1)),
  switch: Probability.pipe(withDefault(0.5))
})
/** @category models */
export type Mix = typeof Mix.Type

/**
 * A mixing from some of its options, the others take their defaults.
 *
 * **Errors** throws a `SchemaError` for a number out of range, as `make` of a Schema does.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Mix } from "effect-tensorflow/data"
 *
 * Mix.make({ mixup: 0.8, cutmix: 1 }) // => { mixup: 0.8, cutmix: 1, probability: 1, switch: 0.5 }
 * ```
 */
export const make: (options: typeof Mix.Encoded) => Mix = Schema.decodeSync(Mix, { onExcessProperty: "error" })

/** No mixing. @category constructors */
export const none: Mix = make({})

/**
 * Whether nothing is ever mixed.
 *
 * @category guards
 */
export const isNone = ({ cutmix, mixup, probability }: Mix): boolean =>
  (mixup === 0 && cutmix === 0) || probability === 0

/**
 * How a batch is mixed: what each image keeps of itself, or the box that it has from its partner.
 *
 * @category models
 */
export type Drawn =
  | { readonly _tag: "Mixup"; readonly lambda: number }
  | { readonly _tag: "CutMix"; readonly box: CutMix.Box }

/** A sample of Beta(alpha, alpha). */
const beta = (generator: Generator, alpha: number): number => dirichlet(generator, 2, alpha)[0]!

/**
 * Draws how a batch of images of a shape is mixed; `undefined` for not at all.
 *
 * @category drawing
 */
export const draw = (mix: Mix, shape: ImageShape, generator: Generator): Drawn | undefined => {
  if (isNone(mix) || generator.uniform() >= mix.probability) return undefined
  const isCutMix = mix.mixup === 0 || (mix.cutmix > 0 && generator.uniform() < mix.switch)
  const lambda = beta(generator, isCutMix ? mix.cutmix : mix.mixup)
  if (!isCutMix) return { _tag: "Mixup", lambda }
  const centre = { row: generator.below(shape.height), column: generator.below(shape.width) }
  return { _tag: "CutMix", box: CutMix.boxAt(shape, lambda, centre) }
}

/**
 * The images and targets of a batch, mixed.
 *
 * @category mixing
 * @example
 * ```ts
 * import { Mix } from "effect-tensorflow/data"
 *
 * const batch = {
 *   shape: { height: 1, width: 1, channels: 1 },
 *   count: 2,
 *   images: Uint8Array.of(0, 100),
 *   targets: Float32Array.of(1, 0, 0, 1)
 * }
 * const { images, targets } = Mix.mixed(batch, { _tag: "Mixup", lambda: 0.75 })
 * Array.from(images) // => [25, 75]
 * Array.from(targets) // => [0.75, 0.25, 0.25, 0.75]
 * ```
 */
export const mixed = (
  batch: Mixup.Pairs & { readonly shape: ImageShape },
  drawn: Drawn
): Pick<Mixup.Pairs, "images" | "targets"> => {
  const { images, targets } =
    drawn._tag === "Mixup" ? Mixup.mixup(batch, drawn.lambda) : CutMix.cutmix(batch, batch.shape, drawn.box)
  return { images, targets }
}
