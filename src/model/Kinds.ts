import { Result } from "effect"
import { type Kind, type Layer, unchanged } from "./Layer.js"
import { kindOfAvgPool } from "./layers/AvgPool.js"
import { kindOfBatchNorm } from "./layers/BatchNorm.js"
import { kindOfConv } from "./layers/Conv.js"
import { kindOfFlatten } from "./layers/Flatten.js"
import { kindOfGlobalAvgPool } from "./layers/GlobalAvgPool.js"
import { kindOfIdentity } from "./layers/Identity.js"
import { kindOfIdentityPadding } from "./layers/IdentityPadding.js"
import { kindOfLinear } from "./layers/Linear.js"
import { kindOfMaxPool } from "./layers/MaxPool.js"
import { kindOfRelu } from "./layers/Relu.js"
import type { Module } from "./Module.js"
import type { Mismatch } from "./Shape.js"

/** Every kind of layer; a new one is added here. */
export const kinds: ReadonlyArray<Kind> = [
  kindOfAvgPool,
  kindOfBatchNorm,
  kindOfConv,
  kindOfFlatten,
  kindOfGlobalAvgPool,
  kindOfIdentity,
  kindOfIdentityPadding,
  kindOfLinear,
  kindOfMaxPool,
  kindOfRelu
]

const byTag = new Map(kinds.map((kind) => [kind.tag, kind]))

/** Stands for what is no layer: `Network.validate` refuses it, so it never computes. */
const invalid = (mismatch: Mismatch): Layer => ({
  parameters: [],
  outputShape: () => Result.fail(mismatch),
  multiplyAdds: () => 0,
  apply: (x) => [x, unchanged]
})

/** The layer that the module describes. */
export const layerOf = (module: Module): Layer => {
  const kind = byTag.get(module._tag)
  return kind === undefined
    ? invalid({
        expected: `a kind of layer (${[...byTag.keys()].join(", ")})`,
        actual: module._tag,
        fix: "use one of these"
      })
    : Result.merge(
        Result.mapError(kind.layer(module), (reason) =>
          invalid({
            expected: `a ${kind.tag} with valid data`,
            actual: `other data (${reason})`,
            fix: "correct that value"
          })
        )
      )
}
