import { Schema } from "effect"
import { avgPoolPadding, projection } from "../Compose.js"
import { conv } from "../layers/Conv.js"
import { identity } from "../layers/Identity.js"
import { identityPadding } from "../layers/IdentityPadding.js"
import type { Module } from "../Module.js"

/**
 * How a block's input reaches the sum where size or channels change; elsewhere it is the identity.
 *
 * `padding`: every `stride`-th pixel and zeros for the new channels, after the others (option A); `padding-around`: half of them before, half
 * after; `average-padding`: the mean of the pixels instead. `projection`: a 1x1 convolution with batch norm (option B); `projection-everywhere`: one
 * in every block (option C).
 *
 * **Source** He et al. 2015, arXiv:1512.03385, sec. 4.1.
 *
 * @category models
 */
export const Shortcut = Schema.Literals([
  "padding",
  "padding-around",
  "average-padding",
  "projection",
  "projection-everywhere"
])
/** @category models */
export type Shortcut = typeof Shortcut.Type

/**
 * The shortcut from `input` to `output` channels; without `norm`, projections have no batch norm.
 *
 * @category blocks
 */
export function shortcut<const I extends number, const O extends number>(
  kind: Shortcut,
  input: I,
  output: O,
  options?: { readonly stride?: number; readonly norm?: boolean }
): Module<I, O>
export function shortcut(
  kind: Shortcut,
  input: number,
  output: number,
  { stride = 1, norm = true }: { readonly stride?: number; readonly norm?: boolean } = {}
): Module {
  if (kind !== "projection-everywhere" && input === output && stride === 1) {
    return identity
  }
  switch (kind) {
    case "padding":
      return identityPadding(input, output, { stride })
    case "padding-around":
      return identityPadding(input, output, { stride, zeros: "around" })
    case "average-padding":
      return avgPoolPadding(input, output, { stride })
    case "projection":
    case "projection-everywhere":
      return norm ? projection(input, output, { stride }) : conv(input, output, { stride, kernel: 1, bias: false })
  }
}
