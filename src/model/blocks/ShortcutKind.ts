import { Schema } from "effect"

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
