import { Result } from "effect"
import type { Kind, Layer } from "./Layer.js"
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
const invalid = (module: Module, reason: string): Layer => ({
  parameters: [],
  outputShape: () =>
    Result.fail({
      expected: `valid data of a layer (${[...byTag.keys()].join(", ")})`,
      actual: module._tag,
      fix: reason
    }),
  multiplyAdds: () => 0,
  apply: (x) => [x, {}]
})

/** The layer that the module describes. */
export const layerOf = (module: Module): Layer => {
  const layer = byTag.get(module._tag)?.layer(module) ?? Result.fail("there is no such kind of layer")
  return Result.isSuccess(layer) ? layer.success : invalid(module, layer.failure)
}
