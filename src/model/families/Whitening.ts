import * as Eigen from "../../internal/Eigen.js"
import type { HostTensor } from "../Tensors.js"

/**
 * How many filters whiten patches of `size x size` pixels: one for each number in a patch, and one for its negative.
 *
 * @category whitening
 */
export const filterCount = (size: number, channels: number): number => 2 * size * size * channels

/** Calls `visit` with the numbers of every patch, in the same array each time. */
const eachPatch = ({ data, shape }: HostTensor, size: number, visit: (patch: Float64Array) => void): void => {
  const [n, height, width, channels] = [shape[0]!, shape[1]!, shape[2]!, shape[3]!]
  const row = size * channels
  const patch = new Float64Array(size * row)
  for (let image = 0; image < n; image++) {
    for (let y = 0; y + size <= height; y++) {
      for (let x = 0; x + size <= width; x++) {
        for (let dy = 0; dy < size; dy++) {
          const from = ((image * height + y + dy) * width + x) * channels
          for (let i = 0; i < row; i++) patch[dy * row + i] = data[from + i]!
        }
        visit(patch)
      }
    }
  }
}

/** Mean of the products of every two numbers of a patch (the means are not subtracted). */
const secondMoments = (images: HostTensor, size: number): ReadonlyArray<ReadonlyArray<number>> => {
  const length = filterCount(size, images.shape[3]!) / 2
  const sums = new Float64Array(length * length)
  let patches = 0
  eachPatch(images, size, (patch) => {
    patches++
    for (let i = 0; i < length; i++) {
      for (let j = 0; j <= i; j++) sums[i * length + j]! += patch[i]! * patch[j]!
    }
  })
  return Array.from({ length }, (_, i) =>
    Array.from({ length }, (_, j) => sums[Math.max(i, j) * length + Math.min(i, j)]! / patches)
  )
}

/**
 * Filters whose outputs, over the patches of these images, are uncorrelated and of mean square 1, the strongest direction first; then their negatives.
 *
 * **Shapes** `images [n, height, width, channels]` -> `[size, size, channels, 2 size^2 channels]`; `epsilon` is added to each direction's mean square.
 * **Source** airbench (Jordan 2024, arXiv:2404.00498, sec. 3.2), after Page's ResNet-9 (`cifar10-fast`).
 *
 * @category whitening
 */
export const filters = (
  images: HostTensor,
  { size, epsilon = 5e-4 }: { readonly size: number; readonly epsilon?: number }
): HostTensor => {
  const { values, vectors } = Eigen.symmetric(secondMoments(images, size))
  const scaled = vectors.map((vector, i) => vector.map((x) => x / Math.sqrt(values[i]! + epsilon)))
  const all = [...scaled, ...scaled.map((filter) => filter.map((x) => -x))]
  const channels = images.shape[3]!
  return {
    shape: [size, size, channels, all.length],
    data: Float32Array.from({ length: (all.length * all.length) / 2 }, (_, at) => {
      const [output, input] = [at % all.length, Math.floor(at / all.length)]
      return all[output]![input]!
    })
  }
}
