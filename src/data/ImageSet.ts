import { Effect, Result, Stream } from "effect"
import { DatasetError } from "./DatasetError.js"

/**
 * Height, width and channels of one image, in pixels.
 *
 * @category models
 */
export interface ImageShape {
  readonly height: number
  readonly width: number
  readonly channels: number
}

/**
 * Labelled images in host memory.
 *
 * **Shapes** `images` is `[count, height, width, channels]` uint8 in row-major order; `labels` is `[count]`, 0-based classes.
 *
 * @category models
 */
export interface ImageSet {
  readonly shape: ImageShape
  readonly count: number
  readonly images: Uint8Array
  readonly labels: Int32Array
}

/**
 * The bytes of one image.
 *
 * @category accessors
 */
export const imageBytes = (shape: ImageShape): number => shape.height * shape.width * shape.channels

/**
 * A shape as text: "32x32x3".
 *
 * @category accessors
 */
export const describeShape = ({ channels, height, width }: ImageShape): string => `${height}x${width}x${channels}`

const refuse = (reason: string, fix: string): Result.Result<never, DatasetError> =>
  Result.fail(new DatasetError({ op: "decode", reason, fix }))

/**
 * Fails unless height, width and channels are whole numbers of at least 1.
 *
 * @category validation
 */
export const checkShape = (shape: ImageShape): Result.Result<void, DatasetError> =>
  [shape.height, shape.width, shape.channels].every((size) => Number.isSafeInteger(size) && size > 0)
    ? Result.void
    : refuse(
        `the shape of an image is ${describeShape(shape)}; expected height, width and channels of at least 1`,
        "give whole numbers such as { height: 28, width: 28, channels: 1 }"
      )

const checkLabel = (label: number | undefined, image: number): Result.Result<void, DatasetError> =>
  label !== undefined && Number.isInteger(label) && label >= 0 && label < 2 ** 31
    ? Result.void
    : refuse(
        `the label of image ${image} is ${label}; expected the number of a class, counted from 0`,
        "number the classes 0, 1, 2, ..."
      )

/** Pixels as bytes: those of a byte array in place, other numbers checked and copied. `image` is the number of the first image. */
const toBytes = (pixels: ArrayLike<number>, size: number, image = 0): Result.Result<Uint8Array, DatasetError> => {
  if (pixels instanceof Uint8Array) return Result.succeed(pixels)
  if (pixels instanceof Uint8ClampedArray) {
    return Result.succeed(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.length))
  }
  const bytes = new Uint8Array(pixels.length)
  for (let i = 0; i < bytes.length; i++) {
    const pixel = pixels[i]!
    if (!(Number.isInteger(pixel) && pixel >= 0 && pixel <= 255)) {
      return refuse(
        `a pixel of image ${image + Math.floor(i / size)} is ${pixel}; expected whole numbers from 0 to 255`,
        "scale the pixels to 0..255 and round them: those of a range of 0..1 times 255"
      )
    }
    bytes[i] = pixel
  }
  return Result.succeed(bytes)
}

/**
 * A set of images given as arrays: pixels `[count, height, width, channels]` and a label for each image.
 *
 * **Errors** `DatasetError` for an impossible shape, pixels that are not whole numbers from 0 to 255 or not as many as the labels say, and labels
 * that are not whole numbers from 0. **Ownership** the set shares the memory of a `Uint8Array` or `Uint8ClampedArray`; other arrays are copied.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { ImageSet } from "effect-tensorflow/data"
 *
 * const shape = { height: 2, width: 2, channels: 1 }
 * const set = Result.getOrThrow(ImageSet.make(shape, [0, 255, 0, 255, 255, 0, 255, 0], [0, 1]))
 * set.count // => 2
 *
 * const scaled = ImageSet.make(shape, new Float32Array([0, 0.5, 1, 0]), [0])
 * Result.getOrThrow(Result.flip(scaled)).reason // => "a pixel of image 0 is 0.5; expected whole numbers from 0 to 255"
 * ```
 */
export const make = (
  shape: ImageShape,
  images: ArrayLike<number>,
  labels: ArrayLike<number>
): Result.Result<ImageSet, DatasetError> =>
  Result.gen(function* () {
    yield* checkShape(shape)
    const size = imageBytes(shape)
    const expected = labels.length * size
    if (images.length !== expected) {
      return yield* refuse(
        `${labels.length} labels of ${describeShape(shape)} images need ${expected} bytes ` +
          `of pixels, but there are ${images.length}`,
        "give the images and the labels of the same set, pixels as [count, height, width, channels]"
      )
    }
    const bytes = yield* toBytes(images, size)
    for (let image = 0; image < labels.length; image++) {
      yield* checkLabel(labels[image], image)
    }
    return { shape, count: labels.length, images: bytes, labels: Int32Array.from(labels) }
  })

/**
 * Checks a set, however it was made, against the number of classes; `which` names it in an error: "test". Takes time with the number of labels, not
 * of pixels.
 *
 * **Errors** `DatasetError` for arrays of the wrong types or lengths, an impossible shape, and a label that is not below `classes`.
 *
 * @category validation
 */
export const check = (set: ImageSet, classes: number, which: string): Result.Result<void, DatasetError> =>
  Result.gen(function* () {
    const { count, images, labels, shape } = set
    const fix = "make the set with ImageSet.make, which checks its arrays"
    if (!(images instanceof Uint8Array && labels instanceof Int32Array)) {
      return yield* refuse(
        `the ${which} set has pixels in ${typeName(images)} and labels in ${typeName(labels)}; expected Uint8Array and Int32Array`,
        fix
      )
    }
    yield* checkShape(shape)
    const bytes = count * imageBytes(shape)
    if (images.length !== bytes || labels.length !== count) {
      return yield* refuse(
        `${count} ${which} images of ${describeShape(shape)} are ${bytes} bytes and ${count} labels; ` +
          `there are ${images.length} bytes and ${labels.length} labels`,
        fix
      )
    }
    const wrong = labels.findIndex((label) => !(label >= 0 && label < classes))
    if (wrong !== -1) {
      return yield* refuse(
        `the labels of ${classes} classes are 0 to ${classes - 1}; ${which} image ${wrong} has ${labels[wrong]}`,
        "count the classes from 0, and name each of them"
      )
    }
  })

const typeName = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1)

/**
 * One labelled image: pixels `[height, width, channels]`.
 *
 * @category models
 */
export interface Sample {
  readonly image: ArrayLike<number>
  readonly label: number
}

/**
 * A set of all images of a stream, which are copied into memory.
 *
 * **Errors** `DatasetError` as of `make`, at the first sample that is wrong; and those of the stream.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { ImageSet } from "effect-tensorflow/data"
 *
 * const samples = Stream.range(0, 9).pipe(Stream.map((i) => ({ image: [i, 255 - i], label: i % 2 })))
 * const set = await Effect.runPromise(ImageSet.fromStream({ height: 1, width: 2, channels: 1 }, samples))
 * set.count // => 10
 * ```
 */
export const fromStream = <E, R>(
  shape: ImageShape,
  samples: Stream.Stream<Sample, E, R>
): Effect.Effect<ImageSet, DatasetError | E, R> =>
  Effect.gen(function* () {
    yield* Effect.fromResult(checkShape(shape))
    const size = imageBytes(shape)
    const images: Array<Uint8Array> = []
    const labels: Array<number> = []
    yield* Stream.runForEach(samples, ({ image, label }) =>
      Effect.fromResult(
        Result.gen(function* () {
          if (image.length !== size) {
            return yield* refuse(
              `an image of ${describeShape(shape)} has ${size} bytes; image ${images.length} has ${image.length}`,
              "bring each image to that shape, pixels as [height, width, channels]"
            )
          }
          yield* checkLabel(label, images.length)
          const bytes = yield* toBytes(image, size, images.length)
          labels.push(label)
          // Not `slice`, which shares the memory of a Buffer.
          images.push(new Uint8Array(bytes))
        })
      )
    )
    return { shape, count: labels.length, images: concat(images, size), labels: Int32Array.from(labels) }
  })

const concat = (images: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const all = new Uint8Array(images.length * size)
  for (const [index, image] of images.entries()) {
    all.set(image, index * size)
  }
  return all
}

/**
 * The images `start` to `end` (exclusive), sharing the memory of `set`.
 *
 * @category combinators
 */
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

/**
 * A copy of the images at `indices`, in their order.
 *
 * @category combinators
 */
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

/**
 * How many images of each class there are.
 *
 * @category accessors
 */
export const classCounts = (set: ImageSet, classes: number): ReadonlyArray<number> => {
  const counts = new Array<number>(classes).fill(0)
  for (const label of set.labels) {
    counts[label] = counts[label]! + 1
  }
  return counts
}
