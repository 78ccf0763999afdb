import * as Initializer from "../Initializer.js"
import type { Shortcut } from "./Shortcut.js"

/**
 * Options of all blocks.
 *
 * @category models
 */
export interface BlockOptions {
  /** Stride of the 3x3 convolution that makes the image smaller; 1 by default. */
  readonly stride?: number
  /** Multiplies the channels of the inner convolutions of a bottleneck block; 1 by default. */
  readonly width?: number
  /** `padding` by default. */
  readonly shortcut?: Shortcut
  /** The name of the shortcut, and so of its parameters; `shortcut` by default. */
  readonly shortcutName?: string
  /** The scale of the last batch norm starts at zero, so that the block starts as its shortcut (Goyal et al. 2017, arXiv:1706.02677). */
  readonly zeroInit?: boolean
}

/**
 * Options of the last batch norm of a block.
 *
 * @category blocks
 */
export const lastScale = ({ zeroInit = false }: BlockOptions): { readonly init?: Initializer.Initializer } =>
  zeroInit ? { init: Initializer.constant(0) } : {}
