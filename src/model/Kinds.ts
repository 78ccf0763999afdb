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

const builtIn: ReadonlyArray<Kind> = [
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
]

const byTag = new Map(builtIn.map((kind) => [kind.tag, kind]))

/**
 * Makes a kind of layer known by its tag, to all that read networks: summaries, initialisation, weight files, export, networks written as JSON.
 *
 * What comes with the library is known from the start; a kind of one's own is added where its module is loaded, once. Of two kinds with one tag the later counts.
 */
export const add = (kind: Kind): void => {
  byTag.set(kind.tag, kind)
}

/** The tags of all kinds of layer. */
export const tags = (): ReadonlyArray<string> => [...byTag.keys()]

/** The layer that the module describes, or why it is none. */
export const find = (module: Module): Result.Result<Layer, Mismatch> => {
  const kind = byTag.get(module._tag)
  return kind === undefined
    ? Result.fail({
        expected: `a kind of layer (${tags().join(", ")})`,
        actual: module._tag,
        fix: "use one of these, or make yours known with Kinds.add"
      })
    : Result.mapError(kind.layer(module), (reason) => ({
        expected: `a ${kind.tag} with valid data`,
        actual: `other data (${reason})`,
        fix: "correct that value"
      }))
}

/** The layer that the module describes; of what is none, one that `Network.validate` refuses, so that it never computes. */
export const layerOf = (module: Module): Layer =>
  Result.merge(
    Result.mapError(
      find(module),
      (mismatch): Layer => ({
        parameters: [],
        outputShape: () => Result.fail(mismatch),
        multiplyAdds: () => 0,
        apply: (x) => [x, unchanged]
      })
    )
  )
