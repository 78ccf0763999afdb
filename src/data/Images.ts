import { Effect, Result } from "effect"
import { DatasetError } from "./DatasetError.js"
import * as ImageSet from "./ImageSet.js"
import * as LabelKinds from "./LabelKinds.js"
import * as StoredSet from "./StoredSet.js"
import type { Task } from "./Targets.js"

/**
 * Labelled images: in memory, or read when they are needed. Both are read by index, so that order, splits, sampling and augmentation know no difference.
 *
 * @category models
 */
export type Images<T extends Task = Task> = ImageSet.ImageSet<T> | StoredSet.StoredSet<T>

/**
 * Whether the pixels of a set are read when they are needed.
 *
 * @category guards
 */
export const isStored = <T extends Task>(set: Images<T>): set is StoredSet.StoredSet<T> => "places" in set

/**
 * Whether each image of a set has one class.
 *
 * @category guards
 */
export const isClasses = (set: Images): set is Images<"classes"> => set.task === "classes"

/**
 * The images at `indices`, in their order: a copy of those in memory, and of a stored set only the places.
 *
 * @category combinators
 */
export const select = <T extends Task>(set: Images<T>, indices: ArrayLike<number>): Images<T> =>
  isStored(set) ? StoredSet.select(set, indices) : ImageSet.select(set, indices)

/**
 * The images `start` to `end` (exclusive), sharing the memory of `set`.
 *
 * @category combinators
 */
export const slice = <T extends Task>(set: Images<T>, start: number, end = set.count): Images<T> =>
  isStored(set) ? StoredSet.slice(set, start, end) : ImageSet.slice(set, start, end)

/**
 * The pixels of the images at `indices`: `[indices.length, height, width, channels]` uint8.
 *
 * **Errors** `DatasetError` that names the file that cannot be read or decoded.
 *
 * @category accessors
 */
export const pixels = (set: Images, indices: ArrayLike<number>): Effect.Effect<Uint8Array, DatasetError> =>
  isStored(set) ? StoredSet.pixels(set, indices) : Effect.sync(() => ImageSet.select(set, indices).images)

/**
 * The set in memory: itself, or all of its images read and decoded now.
 *
 * **Errors** `DatasetError` that names the file that cannot be read or decoded.
 *
 * @category conversions
 */
export const inMemory = <T extends Task>(set: Images<T>): Effect.Effect<ImageSet.ImageSet<T>, DatasetError> => {
  if (!isStored(set)) return Effect.succeed(set)
  const { count, labels, shape, task } = set
  const indices = Array.from({ length: count }, (_, i) => i)
  return Effect.map(StoredSet.pixels(set, indices), (images) => ({ task, shape, count, labels, images }))
}

/**
 * Checks a set, however it was made, against the number of outputs, as `ImageSet.check` does; no file is read.
 *
 * **Errors** `DatasetError` for arrays of the wrong types or lengths, an impossible shape, and a label that the task does not have.
 *
 * @category validation
 */
export const check = (set: Images, outputs: number, which: string): Result.Result<void, DatasetError> =>
  isStored(set) ? checkStored(set, outputs, which) : ImageSet.check(set, outputs, which)

const checkStored = (set: StoredSet.StoredSet, outputs: number, which: string): Result.Result<void, DatasetError> =>
  Result.gen(function* () {
    const { count, labels, places, shape, source, task } = set
    const fix = "make the set with StoredSet.make, which checks its labels"
    yield* ImageSet.checkShape(shape)
    const numbers = task === "classes" ? count : count * outputs
    const known = source._tag === "Files" ? source.file.length : Number.POSITIVE_INFINITY
    if (
      places.length !== count ||
      labels.length !== numbers ||
      places.some((place) => !(place >= 0 && place < known))
    ) {
      return yield* Result.fail(
        new DatasetError({
          op: "decode",
          reason: `${count} stored ${which} images have ${count} places and ${numbers} numbers as labels; there are ${places.length} and ${labels.length}, or one of a file that is not there`,
          fix
        })
      )
    }
    yield* LabelKinds.checkAll(set, outputs, which, fix)
  })
