import { Effect, Result, Stream } from "effect"
import * as Random from "../internal/Random.js"
import * as Augment from "./Augment.js"
import { failed } from "./augment/Custom.js"
import { DatasetError } from "./DatasetError.js"
import { type ImageShape, imageBytes } from "./ImageSet.js"
import { type Images, isStored } from "./Images.js"
import * as LabelKinds from "./LabelKinds.js"
import * as Mix from "./Mix.js"
import * as Sampling from "./Sampling.js"
import * as StoredSet from "./StoredSet.js"
import * as Targets from "./Targets.js"

/**
 * Some images of a set, copied: the `index`-th batch of an epoch.
 *
 * **Shapes** `images` `[count, height, width, channels]` uint8, `labels` as in the set, `targets` `[count, outputs]`: what a network should give,
 * 1 at the class and 0 elsewhere, or the labels as they are; `indices` `[count]` are their places in the set.
 *
 * @category models
 */
export interface Batch<T extends Targets.Task = Targets.Task> {
  readonly task: T
  readonly index: number
  readonly shape: ImageShape
  readonly count: number
  readonly images: Uint8Array
  readonly labels: Targets.Labels[T]
  readonly targets: Float32Array
  readonly indices: Int32Array
}

/**
 * How a set is split into batches: `remainder` says whether images that do not fill the last batch are kept.
 *
 * @category models
 */
export interface BatchSize {
  readonly batchSize: number
  readonly remainder: "keep" | "drop"
}

/**
 * What an epoch's batches depend on: `outputs` is the number of outputs of the network, `from` the first batch wanted, 0-based.
 *
 * @category models
 */
export interface BatchOptions extends BatchSize {
  readonly seed: number
  readonly epoch: number
  /** Which images the epoch has, and in which order; by default each once, in the order of the set. */
  readonly sampling?: Sampling.Sampling | undefined
  readonly outputs: number
  readonly augment: Augment.Augment
  /** How the augmented images of a batch are mixed; by default not at all. Their labels stay as they are. */
  readonly mix?: Mix.Mix | undefined
  readonly from?: number
}

/**
 * The number of batches in an epoch; 0 for a batch size that `stream` refuses.
 *
 * @category accessors
 * @example
 * ```ts
 * import { Batches } from "effect-tensorflow/data"
 *
 * Batches.count(50_000, { batchSize: 128, remainder: "keep" }) // => 391
 * Batches.count(50_000, { batchSize: 128, remainder: "drop" }) // => 390
 * ```
 */
export const count = (images: number, { batchSize, remainder }: BatchSize): number => {
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    return 0
  }
  return remainder === "keep" ? Math.ceil(images / batchSize) : Math.floor(images / batchSize)
}

const checkInteger = (name: string, value: number, minimum: number): Result.Result<void, DatasetError> =>
  Number.isSafeInteger(value) && value >= minimum
    ? Result.void
    : Result.fail(
        new DatasetError({
          op: "option",
          reason: `the ${name} is ${value}; expected an integer of at least ${minimum}`,
          fix: `give a ${name} such as ${name === "batch size" ? 128 : minimum}`
        })
      )

/**
 * An epoch whose batches can be made in any order: `batch(index)` makes one, 0-based and less than `count`.
 *
 * @category models
 */
export interface Epoch<T extends Targets.Task = Targets.Task> {
  readonly count: number
  readonly batch: (index: number) => Effect.Effect<Batch<T>, DatasetError>
}

/**
 * The batches of an epoch by index; those of a stored set are read and decoded when they are made.
 *
 * **Errors** as of `stream`.
 *
 * @category constructors
 */
export const epoch = <T extends Targets.Task>(
  set: Images<T>,
  options: Omit<BatchOptions, "from">
): Result.Result<Epoch<T>, DatasetError> =>
  Result.gen(function* () {
    const { augment, epoch, mix = Mix.none, outputs, sampling, seed, batchSize } = options
    yield* checkInteger("batch size", batchSize, 1)
    yield* checkInteger("epoch", epoch, 0)
    yield* checkInteger("seed", seed, Number.MIN_SAFE_INTEGER)
    const change = yield* Augment.compile(augment, set.shape)
    const order = sampling && (yield* Sampling.order(sampling, set, outputs, { seed, epoch }))
    const repeats = sampling !== undefined && sampling.kind !== "uniform"
    const images = order?.length ?? set.count
    const size = imageBytes(set.shape)

    const made = (index: number, places: Int32Array, pixelsOf: (i: number) => Uint8Array): Batch<T> => {
      const pixels = new Uint8Array(places.length * size)
      for (const [i, image] of places.entries()) {
        // An image that is drawn twice changes twice.
        const path = repeats ? [epoch, image, index * batchSize + i] : [epoch, image]
        const generator = Random.make(seed, "augment", ...path)
        change(pixelsOf(i), pixels.subarray(i * size, (i + 1) * size), generator, { seed, epoch, image })
      }
      const labelled = { task: set.task, count: places.length, labels: LabelKinds.select(set, places) }
      const targets = Result.getOrThrow(Targets.rowsOf(labelled, outputs))
      const batch = { ...labelled, index, shape: set.shape, images: pixels, targets, indices: places }
      const drawn = Mix.draw(mix, set.shape, Random.make(seed, "mix", epoch, index))
      return drawn === undefined ? batch : { ...batch, ...Mix.mixed(batch, drawn) }
    }
    const attempt = (index: number, make: () => Batch<T>) =>
      Effect.try({
        try: make,
        catch: (cause) =>
          cause instanceof DatasetError ? cause : failed(`the augmentation of batch ${index} of epoch ${epoch}`, cause)
      })
    return {
      count: count(images, options),
      batch: (index) => {
        const start = index * batchSize
        const places = Int32Array.from({ length: Math.min(batchSize, images - start) }, (_, i) =>
          order === undefined ? start + i : order[start + i]!
        )
        return isStored(set)
          ? Effect.flatMap(StoredSet.decoded(set, places), (images) =>
              attempt(index, () => made(index, places, (i) => images[i]!))
            )
          : attempt(index, () =>
              made(index, places, (i) => set.images.subarray(places[i]! * size, (places[i]! + 1) * size))
            )
      }
    }
  })

/**
 * One epoch of batches, each made when it is asked for.
 *
 * Their order is a function of seed and epoch alone; each image's augmentation is a function of seed, epoch and its index in the set (where images
 * are drawn with replacement, also of its place in the epoch), so neither the batch size nor the order of work changes it. How a batch is mixed is a function of seed, epoch and
 * its index.
 *
 * **Errors** `DatasetError` for a batch size, epoch, seed, first batch or augmentation that makes no sense, a label that does not fit the outputs, and
 * for a custom step that throws.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Effect, Result, Stream } from "effect"
 * import { Augment, Batches, ImageSet, Sampling } from "effect-tensorflow/data"
 *
 * const shape = { height: 28, width: 28, channels: 1 }
 * const set = Result.getOrThrow(ImageSet.make(shape, new Uint8Array(10 * 28 * 28), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
 * const epoch = Batches.stream(set, {
 *   batchSize: 4,
 *   remainder: "keep",
 *   seed: 1,
 *   epoch: 0,
 *   sampling: Sampling.uniform,
 *   outputs: 10,
 *   augment: [Augment.crop(2), Augment.flip]
 * })
 * const batches = await Effect.runPromise(Stream.runCollect(epoch))
 * batches.map(({ count }) => count) // => [4, 4, 2]
 * batches.flatMap(({ labels }) => [...labels]).sort() // => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
 * ```
 */
export const stream = <T extends Targets.Task>(
  set: Images<T>,
  options: BatchOptions
): Stream.Stream<Batch<T>, DatasetError> =>
  Stream.unwrap(
    Effect.suspend(() =>
      Effect.fromResult(
        Result.gen(function* () {
          const { from = 0 } = options
          yield* checkInteger("first batch", from, 0)
          const { batch, count } = yield* epoch(set, options)
          return Stream.unfold(from, (index) =>
            index < count ? Effect.map(batch(index), (made) => [made, index + 1] as const) : Effect.undefined
          )
        })
      )
    )
  )
