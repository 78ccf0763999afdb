import { Effect, Result, Stream } from "effect"
import * as Random from "../internal/Random.js"
import * as Augment from "./Augment.js"
import { failed } from "./augment/Custom.js"
import { DatasetError } from "./DatasetError.js"
import { type ImageSet, type ImageShape, imageBytes } from "./ImageSet.js"
import * as LabelKinds from "./LabelKinds.js"
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
  readonly shuffle: boolean
  readonly outputs: number
  readonly augment: Augment.Augment
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

const prepare = (set: ImageSet, options: BatchOptions) =>
  Result.gen(function* () {
    const from = options.from ?? 0
    yield* checkInteger("batch size", options.batchSize, 1)
    yield* checkInteger("first batch", from, 0)
    yield* checkInteger("epoch", options.epoch, 0)
    yield* checkInteger("seed", options.seed, Number.MIN_SAFE_INTEGER)
    const augment = yield* Augment.compile(options.augment, set.shape)
    const order = options.shuffle
      ? Random.permutation(set.count, Random.make(options.seed, "shuffle", options.epoch))
      : undefined
    return { augment, from, order }
  })

/**
 * One epoch of batches, each made when it is asked for.
 *
 * A full permutation of the set that is a function of seed and epoch alone; each image's augmentation is a function of seed, epoch
 * and its index in the set, so neither the batch size nor the order of work changes it.
 *
 * **Errors** `DatasetError` for a batch size, epoch, seed, first batch or augmentation that makes no sense, a label that does not fit the outputs, and
 * for a custom step that throws.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Effect, Result, Stream } from "effect"
 * import { Augment, Batches, ImageSet } from "effect-tensorflow/data"
 *
 * const shape = { height: 28, width: 28, channels: 1 }
 * const set = Result.getOrThrow(ImageSet.make(shape, new Uint8Array(10 * 28 * 28), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
 * const epoch = Batches.stream(set, {
 *   batchSize: 4,
 *   remainder: "keep",
 *   seed: 1,
 *   epoch: 0,
 *   shuffle: true,
 *   outputs: 10,
 *   augment: [Augment.crop(2), Augment.flip]
 * })
 * const batches = await Effect.runPromise(Stream.runCollect(epoch))
 * batches.map(({ count }) => count) // => [4, 4, 2]
 * batches.flatMap(({ labels }) => [...labels]).sort() // => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
 * ```
 */
export const stream = <T extends Targets.Task>(
  set: ImageSet<T>,
  options: BatchOptions
): Stream.Stream<Batch<T>, DatasetError> =>
  Stream.unwrap(
    Effect.suspend(() => Effect.fromResult(prepare(set, options))).pipe(
      Effect.map(({ augment, from, order }) => {
        const size = imageBytes(set.shape)
        const batches = count(set.count, options)
        const make = (index: number): Batch<T> => {
          const start = index * options.batchSize
          const count = Math.min(options.batchSize, set.count - start)
          const indices = Int32Array.from({ length: count }, (_, i) =>
            order === undefined ? start + i : order[start + i]!
          )
          const images = new Uint8Array(count * size)
          for (const [i, image] of indices.entries()) {
            augment(
              set.images.subarray(image * size, (image + 1) * size),
              images.subarray(i * size, (i + 1) * size),
              Random.make(options.seed, "augment", options.epoch, image)
            )
          }
          const labelled = { task: set.task, count, labels: LabelKinds.select(set, indices) }
          return {
            ...labelled,
            index,
            shape: set.shape,
            images,
            targets: Result.getOrThrow(Targets.rowsOf(labelled, options.outputs)),
            indices
          }
        }
        return Stream.unfold(from, (index) =>
          Effect.try({
            try: () => (index < batches ? ([make(index), index + 1] as const) : undefined),
            catch: (cause) =>
              cause instanceof DatasetError
                ? cause
                : failed(`the augmentation of batch ${index} of epoch ${options.epoch}`, cause)
          })
        )
      })
    )
  )
