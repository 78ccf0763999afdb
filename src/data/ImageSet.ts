import { Effect, Result, Stream } from "effect"
import { DatasetError } from "./DatasetError.js"
import * as LabelKinds from "./LabelKinds.js"
import * as Pixels from "./Pixels.js"
import type { Label, Labels, Task } from "./Targets.js"

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
 * Labelled images in host memory; `task` says what the labels are.
 *
 * **Shapes** `images` is `[count, height, width, channels]` uint8 in row-major order; `labels` is `[count]` int32, 0-based classes, or
 * `[count, outputs]` f32 for images with several labels (0 or 1 for each) or with values.
 *
 * @category models
 */
export interface ImageSet<T extends Task = Task> {
  readonly task: T
  readonly shape: ImageShape
  readonly count: number
  readonly images: Uint8Array
  readonly labels: Labels[T]
}

/**
 * Whether each image of a set has one class.
 *
 * @category guards
 */
export const isClasses = (set: ImageSet): set is ImageSet<"classes"> => set.task === "classes"

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

const made = <T extends Task>(
  task: T,
  shape: ImageShape,
  images: ArrayLike<number>,
  labels: ArrayLike<Label[T]>
): Result.Result<ImageSet<T>, DatasetError> =>
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
    const bytes = yield* Pixels.toBytes(images, size)
    for (let image = 0; image < labels.length; image++) {
      yield* LabelKinds.check(task, labels[image]!, labels[0]!, image)
    }
    return { task, shape, count: labels.length, images: bytes, labels: LabelKinds.flat(task, labels) }
  })

/**
 * A set of images given as arrays: pixels `[count, height, width, channels]` and the class of each image.
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
): Result.Result<ImageSet<"classes">, DatasetError> => made("classes", shape, images, labels)

/**
 * A set of images that may have several labels each: a row of 0 or 1 for each label.
 *
 * **Errors** `DatasetError` as of `make`, and for rows of different lengths or with other numbers.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { ImageSet } from "effect-tensorflow/data"
 *
 * const shape = { height: 1, width: 1, channels: 1 }
 * // The labels are "dark" and "round".
 * const set = Result.getOrThrow(ImageSet.multiple(shape, [10, 20, 240], [[1, 0], [1, 1], [0, 0]]))
 * set.labels.length // => 6
 * ```
 */
export const multiple = (
  shape: ImageShape,
  images: ArrayLike<number>,
  labels: ArrayLike<ArrayLike<number>>
): Result.Result<ImageSet<"multiple">, DatasetError> => made("multiple", shape, images, labels)

/**
 * A set of images with values to predict (regression): a row of numbers, one for each output.
 *
 * **Errors** `DatasetError` as of `make`, and for rows of different lengths or with numbers that are not finite.
 *
 * @category constructors
 */
export const values = (
  shape: ImageShape,
  images: ArrayLike<number>,
  labels: ArrayLike<ArrayLike<number>>
): Result.Result<ImageSet<"values">, DatasetError> => made("values", shape, images, labels)

/**
 * Checks a set, however it was made, against the number of outputs, which are its classes, labels or values; `which` names it in an error: "test".
 * Takes time with the number of labels, not of pixels.
 *
 * **Errors** `DatasetError` for arrays of the wrong types or lengths, an impossible shape, and a label that the task does not have: a class that is
 * not below `outputs`, a number other than 0 and 1, a value that is not finite.
 *
 * @category validation
 */
export const check = (set: ImageSet, outputs: number, which: string): Result.Result<void, DatasetError> =>
  Result.gen(function* () {
    const { count, images, labels, shape, task } = set
    const one = isClasses(set)
    const fix = `make the set with ImageSet.${one ? "make" : task}, which checks its arrays`
    if (!(images instanceof Uint8Array && LabelKinds.isArray(task, labels))) {
      return yield* refuse(
        `the ${which} set has pixels in ${typeName(images)} and labels in ${typeName(labels)}; expected Uint8Array and ${LabelKinds.arrayName(task)}`,
        fix
      )
    }
    yield* checkShape(shape)
    const bytes = count * imageBytes(shape)
    const numbers = one ? count : count * outputs
    if (images.length !== bytes || labels.length !== numbers) {
      const what = one ? "labels" : `numbers for ${outputs} ${task === "multiple" ? "labels" : "values"} each`
      return yield* refuse(
        `${count} ${which} images of ${describeShape(shape)} are ${bytes} bytes and ${numbers} ${what}; ` +
          `there are ${images.length} bytes and ${labels.length} ${one ? "labels" : "numbers"}`,
        fix
      )
    }
    yield* LabelKinds.checkAll(set, outputs, which, fix)
  })

const typeName = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1)

/**
 * One labelled image: pixels `[height, width, channels]`.
 *
 * @category models
 */
export interface Sample<T extends Task = Task> {
  readonly image: ArrayLike<number>
  readonly label: Label[T]
}

/**
 * A set of all images of a stream, which are copied into memory; `task` says what their labels are.
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
 * const set = await Effect.runPromise(ImageSet.fromStream({ height: 1, width: 2, channels: 1 }, samples, "classes"))
 * set.count // => 10
 * ```
 */
export const fromStream = <T extends Task, E, R>(
  shape: ImageShape,
  samples: Stream.Stream<Sample<T>, E, R>,
  task: T
): Effect.Effect<ImageSet<T>, DatasetError | E, R> =>
  Effect.gen(function* () {
    yield* Effect.fromResult(checkShape(shape))
    const size = imageBytes(shape)
    const images: Array<Uint8Array> = []
    const labels: Array<Label[T]> = []
    yield* Stream.runForEach(samples, ({ image, label }) =>
      Effect.fromResult(
        Result.gen(function* () {
          if (image.length !== size) {
            return yield* refuse(
              `an image of ${describeShape(shape)} has ${size} bytes; image ${images.length} has ${image.length}`,
              "bring each image to that shape, pixels as [height, width, channels]"
            )
          }
          yield* LabelKinds.check(task, label, labels[0] ?? label, images.length)
          const bytes = yield* Pixels.toBytes(image, size, images.length)
          labels.push(label)
          // Not `slice`, which shares the memory of a Buffer.
          images.push(new Uint8Array(bytes))
        })
      )
    )
    return {
      task,
      shape,
      count: labels.length,
      images: Pixels.concat(images, size),
      labels: LabelKinds.flat(task, labels)
    }
  })

/**
 * The images `start` to `end` (exclusive), sharing the memory of `set`.
 *
 * @category combinators
 */
export const slice = <T extends Task>(set: ImageSet<T>, start: number, end = set.count): ImageSet<T> => {
  const size = imageBytes(set.shape)
  const images = set.images.subarray(start * size, end * size)
  return { ...set, count: images.length / size, images, labels: LabelKinds.slice(set, start, end) }
}

/**
 * A copy of the images at `indices`, in their order.
 *
 * @category combinators
 */
export const select = <T extends Task>(set: ImageSet<T>, indices: ArrayLike<number>): ImageSet<T> => {
  const size = imageBytes(set.shape)
  const images = new Uint8Array(indices.length * size)
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!
    images.set(set.images.subarray(index * size, (index + 1) * size), i * size)
  }
  return { ...set, count: indices.length, images, labels: LabelKinds.select(set, indices) }
}

/**
 * How many images of each class there are.
 *
 * @category accessors
 */
export const classCounts = (set: { readonly labels: Int32Array }, classes: number): ReadonlyArray<number> => {
  const counts = new Array<number>(classes).fill(0)
  for (const label of set.labels) {
    counts[label] = counts[label]! + 1
  }
  return counts
}
