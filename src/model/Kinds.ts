import { Result } from "effect"
import { type Kind, type Layer, unchanged } from "./Layer.js"
import { kindOfAvgPool } from "./layers/AvgPool.js"
import { kindOfBatchNorm } from "./layers/BatchNorm.js"
import { kindOfConv } from "./layers/Conv.js"
import { kindOfDropout } from "./layers/Dropout.js"
import { kindOfFlatten } from "./layers/Flatten.js"
import { kindOfGelu } from "./layers/Gelu.js"
import { kindOfGlobalAvgPool } from "./layers/GlobalAvgPool.js"
import { kindOfGlobalMaxPool } from "./layers/GlobalMaxPool.js"
import { kindOfGroupNorm } from "./layers/GroupNorm.js"
import { kindOfIdentity } from "./layers/Identity.js"
import { kindOfIdentityPadding } from "./layers/IdentityPadding.js"
import { kindOfLayerNorm } from "./layers/LayerNorm.js"
import { kindOfLinear } from "./layers/Linear.js"
import { kindOfMaxPool } from "./layers/MaxPool.js"
import { kindOfRelu } from "./layers/Relu.js"
import { kindOfScale } from "./layers/Scale.js"
import { kindOfSilu } from "./layers/Silu.js"
import { kindOfSqueezeExcitation } from "./layers/SqueezeExcitation.js"
import { kindOfStochasticDepth } from "./layers/StochasticDepth.js"
import type { Module } from "./Module.js"
import type { Mismatch } from "./Shape.js"

/**
 * The kinds of layer that a network is made of, by their tags.
 *
 * @category kinds
 */
export type Kinds = ReadonlyMap<string, Kind>

const byTag = (kinds: ReadonlyArray<Kind>): Kinds => new Map(kinds.map((kind) => [kind.tag, kind]))

/**
 * The kinds that the library has; a network without `kinds` is made of these.
 *
 * @category kinds
 */
export const builtIn: Kinds = byTag([
  kindOfAvgPool,
  kindOfBatchNorm,
  kindOfConv,
  kindOfDropout,
  kindOfFlatten,
  kindOfGelu,
  kindOfGlobalAvgPool,
  kindOfGlobalMaxPool,
  kindOfGroupNorm,
  kindOfIdentity,
  kindOfIdentityPadding,
  kindOfLayerNorm,
  kindOfLinear,
  kindOfMaxPool,
  kindOfRelu,
  kindOfScale,
  kindOfSilu,
  kindOfSqueezeExcitation,
  kindOfStochasticDepth
])

/**
 * The built-in kinds and custom ones, which replace a built-in kind of the same tag.
 *
 * A network with custom layers carries them in its field `kinds`, where summaries, initialization, `Apply`, weight files and export find them;
 * `Network.codec` takes them to read such a network from JSON.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs-core"
 * import { Effect, Result, Schema } from "effect"
 * import { Kinds, Layer, Layers, Network } from "effect-tensorflow/model"
 *
 * const Mirror = Schema.TaggedStruct("Mirror", {})
 *
 * const kinds = Kinds.make([
 *   Layer.kind("Mirror", Mirror, () => ({
 *     parameters: [],
 *     outputShape: Result.succeed,
 *     multiplyAdds: () => 0,
 *     apply: (x) => [tf.reverse(x, 2), Layer.unchanged]
 *   }))
 * ])
 *
 * const network: Network.Network = {
 *   name: "mirrored",
 *   input: { height: 8, width: 8, channels: 3 },
 *   classes: 10,
 *   kinds,
 *   body: Layers.chain(Mirror.make({}), Layers.flatten, Layers.linear(8 * 8 * 3, 10))
 * }
 *
 * Effect.runSync(Effect.fromResult(Network.validate(network))) // => [10]
 * ```
 * @category kinds
 */
export const make = (custom: ReadonlyArray<Kind>): Kinds => new Map([...builtIn, ...byTag(custom)])

/**
 * The layer that a module describes, or why it describes none.
 *
 * @category kinds
 */
export const find = (kinds: Kinds, module: Module): Result.Result<Layer, Mismatch> => {
  const kind = kinds.get(module._tag)
  return kind === undefined
    ? Result.fail({
        expected: `a kind of layer (${[...kinds.keys()].join(", ")})`,
        actual: module._tag,
        fix: "use one of these, or give the network your own: kinds: Kinds.make([...])"
      })
    : Result.mapError(kind.layer(module), (reason) => ({
        expected: `a ${kind.tag} with valid data`,
        actual: `other data (${reason})`,
        fix: "correct that value"
      }))
}

/**
 * The layer that a module describes; for an unknown module, a placeholder that `Network.validate` rejects.
 *
 * @category kinds
 */
export const layerOf = (kinds: Kinds, module: Module): Layer =>
  Result.merge(
    Result.mapError(
      find(kinds, module),
      (mismatch): Layer => ({
        parameters: [],
        outputShape: () => Result.fail(mismatch),
        multiplyAdds: () => 0,
        apply: (x) => [x, unchanged]
      })
    )
  )
