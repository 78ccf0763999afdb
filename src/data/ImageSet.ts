import { Result } from "effect"
import { DatasetError } from "./DatasetError.js"

/** Height, width and channels of one image, in pixels. */
export interface ImageShape {
  readonly height: number
  readonly width: number
  readonly channels: number
}

/**
 * Labelled images in host memory.
 *
 * **Shapes** `images` is `[count, height, width, channels]` uint8 in row-major order; `labels` is `[count]`, 0-based classes.
 */
export interface ImageSet {
  readonly shape: ImageShape
  readonly count: number
  readonly images: Uint8Array
  readonly labels: Int32Array
}

/** The bytes of one image. */
export const imageBytes = (shape: ImageShape): number => shape.height * shape.width * shape.channels

/** A set of images given as bytes, its lengths checked. */
export const make = (
  shape: ImageShape,
  images: Uint8Array,
  labels: ArrayLike<number>
): Result.Result<ImageSet, DatasetError> => {
  const expected = labels.length * imageBytes(shape)
  return images.length === expected
    ? Result.succeed({ shape, count: labels.length, images, labels: Int32Array.from(labels) })
    : Result.fail(
        new DatasetError({
          op: "decode",
          reason:
            `${labels.length} labels of ${shape.height}x${shape.width}x${shape.channels} images need ${expected} bytes ` +
            `of pixels, but there are ${images.length}`,
          fix: "give the images and the labels of the same set, pixels as [count, height, width, channels]"
        })
      )
}

/** The images `start` to `end` (exclusive), sharing the memory of `set`. */
export const slice = (set: ImageSet, start: number, end = set.count): ImageSet => {
  const size = imageBytes(set.shape)
  const labels = set.labels.subarray(start, end)
  return {
    shape: set.shape,
    count: labels.length,
    images: set.images.subarray(start * size, end * size),
    labels
  }
}

/** A copy of the images named by `indices`, in their order. */
export const select = (set: ImageSet, indices: ArrayLike<number>): ImageSet => {
  const size = imageBytes(set.shape)
  const images = new Uint8Array(indices.length * size)
  const labels = new Int32Array(indices.length)
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!
    images.set(set.images.subarray(index * size, (index + 1) * size), i * size)
    labels[i] = set.labels[index]!
  }
  return { shape: set.shape, count: indices.length, images, labels }
}

/** How many images of each class there are. */
export const classCounts = (set: ImageSet, classes: number): ReadonlyArray<number> => {
  const counts = new Array<number>(classes).fill(0)
  for (const label of set.labels) {
    counts[label] = counts[label]! + 1
  }
  return counts
}
