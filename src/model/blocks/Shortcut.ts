import { Schema } from "effect"
import { projection } from "../Compose.js"
import { identity } from "../layers/Identity.js"
import { identityPadding } from "../layers/IdentityPadding.js"
import type { Module } from "../Module.js"

/**
 * How a block's input reaches the sum where size or channels change; elsewhere it goes as it is.
 *
 * `padding`: every `stride`-th pixel and zeros for the new channels, after the others (option A); `padding-around`: half of them before, half
 * after. `projection`: a 1x1 convolution with batch norm (option B). `projection-everywhere`: one in every block (option C).
 *
 * **Source** He et al. 2015, arXiv:1512.03385, sec. 4.1.
 */
export const Shortcut = Schema.Literals(["padding", "padding-around", "projection", "projection-everywhere"])
export type Shortcut = typeof Shortcut.Type

/** The shortcut from `input` to `output` channels. */
export function shortcut<const I extends number, const O extends number>(
  kind: Shortcut,
  input: I,
  output: O,
  options?: { readonly stride?: number }
): Module<I, O>
export function shortcut(
  kind: Shortcut,
  input: number,
  output: number,
  { stride = 1 }: { readonly stride?: number } = {}
): Module {
  if (kind !== "projection-everywhere" && input === output && stride === 1) {
    return identity
  }
  switch (kind) {
    case "padding":
      return identityPadding(input, output, { stride })
    case "padding-around":
      return identityPadding(input, output, { stride, zeros: "around" })
    case "projection":
    case "projection-everywhere":
      return projection(input, output, { stride })
  }
}
