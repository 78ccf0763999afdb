import type { Generator } from "../internal/Random.js"

/** The first values of a parameter of `size` numbers. */
export type Initializer = (size: number, generator: Generator) => Float32Array

/** One value everywhere. */
export const constant =
  (value: number): Initializer =>
  (size) =>
    new Float32Array(size).fill(value)

/**
 * Normal with variance `2 / fan`, for weights in front of a ReLU.
 *
 * **Source** He et al. 2015, arXiv:1502.01852; `kaiming_normal_(nonlinearity="relu")` of PyTorch.
 */
export const heNormal =
  (fan: number): Initializer =>
  (size, generator) => {
    const deviation = Math.sqrt(2 / fan)
    return Float32Array.from({ length: size }, () => deviation * generator.normal())
  }

/** Uniform in `-bound .. bound`. */
export const uniform =
  (bound: number): Initializer =>
  (size, generator) =>
    Float32Array.from({ length: size }, () => bound * (2 * generator.uniform() - 1))
