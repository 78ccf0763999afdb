import { Effect, Result, Stream } from "effect"
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

const describe = ({ channels, height, width }: ImageShape): string => `${height}x${width}x${channels}`

const refuse = (reason: string, fix: string): Result.Result<never, DatasetError> =>
  Result.fail(new DatasetError({ op: "decode", reason, fix }))

/** Fails unless height, width and channels are whole numbers of at least 1. */
export const checkShape = (shape: ImageShape): Result.Result<void, DatasetError> =>
  [shape.height, shape.width, shape.channels].every((size) => Number.isSafeInteger(size) && size > 0)
    ? Result.void
    : refuse(
        `the shape of an image is ${describe(shape)}; expected height, width and channels of at least 1`,
        "give whole numbers such as { height: 28, width: 28, channels: 1 }"
      )

const checkLabel = (label: number, image: number): Result.Result<void, DatasetError> =>
  Number.isInteger(label) && label >= 0 && label < 2 ** 31
    ? Result.void
    : refuse(
        `the label of image ${image} is ${label}; expected the number of a class, counted from 0`,
        "number the classes 0, 1, 2, ..."
      )

/**
 * A set of images given as arrays: pixels `[count, height, width, channels]` and a label for each image.
 *
 * **Errors** `DatasetError` for a shape that is none, pixels that are not as many as the labels say, and labels that are no whole numbers from 0.
 * **Ownership** the set shares the memory of `images`.
 */
export const make = (
  shape: ImageShape,
  images: Uint8Array,
  labels: ArrayLike<number>
): Result.Result<ImageSet, DatasetError> =>
  Result.gen(function* () {
    yield* checkShape(shape)
    const expected = labels.length * imageBytes(shape)
    if (images.length !== expected) {
      return yield* refuse(
        `${labels.length} labels of ${describe(shape)} images need ${expected} bytes ` +
          `of pixels, but there are ${images.length}`,
        "give the images and the labels of the same set, pixels as [count, height, width, channels]"
      )
    }
    for (let image = 0; image < labels.length; image++) {
      yield* checkLabel(labels[image]!, image)
    }
    return { shape, count: labels.length, images, labels: Int32Array.from(labels) }
  })

/** One labelled image: pixels `[height, width, channels]`. */
export interface Sample {
  readonly image: Uint8Array
  readonly label: number
}

/**
 * A set of all images of a stream, which are copied into memory.
 *
 * **Errors** `DatasetError` as of `make`, at the first sample that is wrong; and those of the stream.
 */
export const fromStream = <E, R>(
  shape: ImageShape,
  samples: Stream.Stream<Sample, E, R>
): Effect.Effect<ImageSet, DatasetError | E, R> =>
  Effect.gen(function* () {
    yield* Effect.fromResult(checkShape(shape))
    const images: Array<Uint8Array> = []
    const labels: Array<number> = []
    yield* Stream.runForEach(samples, ({ image, label }) =>
      Effect.fromResult(
        Result.gen(function* () {
          if (image.length !== imageBytes(shape)) {
            return yield* refuse(
              `an image of ${describe(shape)} has ${imageBytes(shape)} bytes; image ${images.length} has ${image.length}`,
              "bring each image to that shape, pixels as [height, width, channels]"
            )
          }
          yield* checkLabel(label, images.length)
          labels.push(label)
          images.push(image.slice())
        })
      )
    )
    return { shape, count: labels.length, images: concat(images, imageBytes(shape)), labels: Int32Array.from(labels) }
  })

const concat = (images: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const all = new Uint8Array(images.length * size)
  for (const [index, image] of images.entries()) {
    all.set(image, index * size)
  }
  return all
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
