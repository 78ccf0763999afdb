import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result, Schema } from "effect"
import * as Padding from "../export/kinds/Padding.js"
import { kind, unchanged } from "../Layer.js"
import type { Module } from "../Module.js"
import { rank4 } from "../Rank.js"
import { Count, imageOf, slide } from "../Shape.js"

export const IdentityPadding = Schema.TaggedStruct("IdentityPadding", {
  in: Count,
  out: Count,
  stride: Count,
  zeros: Schema.Literals(["after", "around"]).pipe(Schema.withDecodingDefaultKey(Effect.succeed("after")))
})
export type IdentityPadding = typeof IdentityPadding.Type

/**
 * Shortcut without parameters: every `stride`-th pixel, and zeros for the new channels.
 *
 * **Shapes** `x [n, h, w, in]` -> `[n, ceil(h / stride), ceil(w / stride), out]`, the zeros last, or half of them first with `zeros: "around"`.
 * **Source** He et al. 2015, arXiv:1512.03385, sec. 4.2, option A.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Kinds, Layers } from "effect-tensorflow/model"
 *
 * const layer = Kinds.layerOf(Kinds.builtIn, Layers.identityPadding(16, 32, { stride: 2 }))
 *
 * Result.getOrThrow(layer.outputShape([32, 32, 16])) // => [16, 16, 32]
 * ```
 * @category layers
 */
export const identityPadding = <const I extends number, const O extends number>(
  input: I,
  output: O,
  options: { readonly stride?: number; readonly zeros?: "after" | "around" } = {}
): Module<I, O> => {
  const spec: IdentityPadding = {
    _tag: "IdentityPadding",
    in: input,
    out: output,
    stride: 1,
    zeros: "after",
    ...options
  }
  return spec
}

export const kindOfIdentityPadding = kind("IdentityPadding", IdentityPadding, (spec) => {
  const extra = spec.out - spec.in
  const before = spec.zeros === "around" ? Math.floor(extra / 2) : 0
  return {
    parameters: [],
    outputShape: (input) =>
      imageOf(input, spec.in).pipe(
        Result.filterOrFail(
          () => extra >= 0,
          () => ({
            expected: `at least ${spec.in} output channels, since padding only adds`,
            actual: `${spec.out}`,
            fix: `use the shortcut projection(${spec.in}, ${spec.out})`
          })
        ),
        Result.flatMap(() => slide(input, { size: 1, stride: spec.stride, padding: 0 }, spec.out))
      ),
    multiplyAdds: () => 0,
    apply: (x) => {
      // A mean over one pixel is that pixel, and its gradient needs no search for the maximum as that of a 1x1 max pool does.
      const picked = spec.stride === 1 ? x : tf.avgPool(rank4(x), 1, spec.stride, "valid")
      const padded =
        extra === 0
          ? picked
          : tf.pad(picked, [
              [0, 0],
              [0, 0],
              [0, 0],
              [before, extra - before]
            ])
      return [padded, unchanged]
    },
    export: Padding.identityPadding({ stride: spec.stride, before, after: extra - before })
  }
})
