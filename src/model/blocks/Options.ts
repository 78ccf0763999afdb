import type { Shortcut } from "./Shortcut.js"

/** What the blocks have in common. */
export interface BlockOptions {
  /** Of the 3x3 convolution that makes the image smaller; 1 unless told. */
  readonly stride?: number
  /** `padding` unless told. */
  readonly shortcut?: Shortcut
  /** What the shortcut's parameters are found under; `shortcut` unless told. */
  readonly shortcutName?: string
}
