import type { Generator } from "../../internal/Random.js"
import type { ImageShape } from "../ImageSet.js"
import type { Window } from "./kernels/Resize.js"

/** A number drawn evenly from a range. */
export const between = (generator: Generator, [low, high]: readonly [number, number]): number =>
  low + (high - low) * generator.uniform()

/** A range of areas, as fractions of the image's, and one of width / height, of which the logarithm is drawn evenly. */
export interface Boxes {
  readonly scale: readonly [number, number]
  readonly ratio: readonly [number, number]
}

/**
 * A part of the image: its area, its shape, and its place; `undefined` if ten of them in turn did not fit.
 *
 * **Source** torchvision's `RandomResizedCrop` and `RandomErasing`, which draw alike.
 */
export const box = (
  generator: Generator,
  { height, width }: ImageShape,
  { margin = 0, ...boxes }: Boxes & { /** Pixels of each side that the part may not have. */ readonly margin?: number }
): Window | undefined => {
  const logRatio = [Math.log(boxes.ratio[0]), Math.log(boxes.ratio[1])] as const
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * between(generator, boxes.scale)
    const ratio = Math.exp(between(generator, logRatio))
    const w = Math.round(Math.sqrt(area * ratio))
    const h = Math.round(Math.sqrt(area / ratio))
    if (w > 0 && w <= width - margin && h > 0 && h <= height - margin) {
      const top = generator.below(height - h + 1)
      const left = generator.below(width - w + 1)
      return { top, left, height: h, width: w }
    }
  }
  return undefined
}

/** A sample of the gamma distribution of shape `alpha` and scale 1. **Source** Marsaglia and Tsang 2000. */
const gamma = (generator: Generator, alpha: number): number => {
  if (alpha < 1) return gamma(generator, alpha + 1) * generator.uniform() ** (1 / alpha)
  const d = alpha - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = generator.normal()
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - generator.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

/** `n` fractions that add up to 1: a sample of the Dirichlet distribution with all parameters `alpha`. */
export const dirichlet = (generator: Generator, n: number, alpha: number): ReadonlyArray<number> => {
  const parts = Array.from({ length: n }, () => gamma(generator, alpha))
  const sum = parts.reduce((total, part) => total + part, 0)
  // Tiny `alpha` can give parts that are all 0 in floats: then one of them has everything.
  return sum > 0 ? parts.map((part) => part / sum) : parts.map((_, i) => (i === 0 ? 1 : 0))
}
