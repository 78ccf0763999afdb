import type { Arithmetic } from "./Formula.js"

/** The moving average after this value: `decay * average + (1 - decay) * value`. */
export const average = <V>({ add, mul }: Arithmetic<V>, old: V, value: V, decay: number): V =>
  add(mul(old, decay), mul(value, 1 - decay))
