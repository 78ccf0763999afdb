/** What is mixed: pairs of images `i` and `count - 1 - i`, and their targets. */
export interface Pairs {
  readonly count: number
  readonly images: Uint8Array
  readonly targets: Float32Array
}

/**
 * The rows `[count, width]` blended with those in reverse order: `lambda` of each and `1 - lambda` of the other.
 *
 * Float32 as in PyTorch: each product and the sum are rounded.
 */
export const blendTargets = (rows: Float32Array, count: number, lambda: number): Float32Array => {
  const width = rows.length / count
  const [own, other] = [Math.fround(lambda), Math.fround(1 - lambda)]
  return Float32Array.from(rows, (value, place) => {
    const row = Math.floor(place / width)
    const across = rows[(count - 1 - row) * width + (place - row * width)]!
    return Math.fround(Math.fround(value * own) + Math.fround(across * other))
  })
}

/** Every value of a byte times a factor, in float32. */
const products = (factor: number): Float32Array => {
  const rounded = Math.fround(factor)
  return Float32Array.from({ length: 256 }, (_, value) => value * rounded)
}

/**
 * Mixup: each image is `lambda` of itself and `1 - lambda` of its partner, rounded to bytes, half to even.
 *
 * **Source** Zhang et al. 2017, arXiv:1710.09412; equal to timm's `FastCollateMixup`.
 */
export const mixup = ({ count, images, targets }: Pairs, lambda: number): Pairs => {
  const size = images.length / count
  const [own, other] = [products(lambda), products(1 - lambda)]
  // Its elements round as IEEE says, half to even.
  const mixed = new Uint8ClampedArray(images.length)
  for (let i = 0; i < count; i++) {
    const [start, across] = [i * size, (count - 1 - i) * size]
    for (let j = 0; j < size; j++) {
      mixed[start + j] = Math.fround(own[images[start + j]!]! + other[images[across + j]!]!)
    }
  }
  return { count, images: new Uint8Array(mixed.buffer), targets: blendTargets(targets, count, lambda) }
}
