import * as Initializer from "../Initializer.js"
import type { Shortcut } from "./Shortcut.js"

/** What the blocks have in common. */
export interface BlockOptions {
  /** Of the 3x3 convolution that makes the image smaller; 1 unless told. */
  readonly stride?: number
  /** `padding` unless told. */
  readonly shortcut?: Shortcut
  /** What the shortcut's parameters are found under; `shortcut` unless told. */
  readonly shortcutName?: string
  /** The scale of the last batch norm starts at zero, so that the block starts as its shortcut (Goyal et al. 2017, arXiv:1706.02677). */
  readonly zeroInit?: boolean
}

/** Of the last batch norm of a block. */
export const lastScale = ({ zeroInit = false }: BlockOptions): { readonly init?: Initializer.Initializer } =>
  zeroInit ? { init: Initializer.constant(0) } : {}
