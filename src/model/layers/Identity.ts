import { Result, Schema } from "effect"
import * as Activation from "../export/kinds/Activation.js"
import { kind, unchanged } from "../Layer.js"
import type { SameChannels } from "../Module.js"

export const Identity = Schema.TaggedStruct("Identity", {})
export type Identity = typeof Identity.Type

const spec: Identity = { _tag: "Identity" }

/**
 * Changes nothing: the shortcut of a residual that keeps size and channels.
 *
 * @category layers
 */
export const identity: SameChannels = spec

export const kindOfIdentity = kind("Identity", Identity, () => ({
  parameters: [],
  outputShape: Result.succeed,
  multiplyAdds: () => 0,
  apply: (x) => [x, unchanged],
  export: Activation.identity
}))
