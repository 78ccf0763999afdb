import { avgPoolPadding, projection } from "../Compose.js"
import { conv } from "../layers/Conv.js"
import { identity } from "../layers/Identity.js"
import { identityPadding } from "../layers/IdentityPadding.js"
import type { Module } from "../Module.js"
import type { Shortcut } from "./ShortcutKind.js"

export { Shortcut } from "./ShortcutKind.js"

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
