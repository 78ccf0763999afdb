import type { Shape } from "../Shape.js"

/** The output of a node of an exported graph; `shape` is that of one sample, `[height, width, channels]` or `[features]`. */
export interface Value {
  readonly name: string
  readonly shape: Shape
}
