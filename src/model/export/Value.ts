import type { Shape } from "../Shape.js"

/** What goes from node to node of an exported graph; the shape is ours: one sample, `[height, width, channels]` or `[features]`. */
export interface Value {
  readonly name: string
  readonly shape: Shape
}
