import { Effect, FileSystem, Result } from "effect"
import * as Dataset from "../../data/Dataset.js"
import { DatasetError } from "../../data/DatasetError.js"
import * as ImageFile from "../../data/ImageFile.js"
import * as ImageSet from "../../data/ImageSet.js"
import type { Images } from "../../data/Images.js"
import * as LabelKinds from "../../data/LabelKinds.js"
import * as Split from "../../data/Split.js"
import type { ChannelStatistics } from "../../data/Statistics.js"
import * as StoredSet from "../../data/StoredSet.js"
import type { Label, Task } from "../../data/Targets.js"
import { fileError } from "../files/Files.js"
import * as StatisticsCache from "./StatisticsCache.js"
import { defaultTestFraction } from "./TestFraction.js"

/** An encoded image: a file, or a part of one. */
export interface Entry {
  readonly path: string
  readonly part: { readonly offset: number; readonly size: number } | undefined
  readonly label: Label[Task]
}

/** The encoded images of a dataset, with their labels; `test` is undefined where it is still to be split off. */
export interface Listing {
  /** The folder or the file that they are listed from. */
  readonly from: string
  readonly task: Task
  /** The names of the classes, labels or values. */
  readonly classNames: ReadonlyArray<string>
  readonly train: ReadonlyArray<Entry>
  readonly test: ReadonlyArray<Entry> | undefined
}

/**
 * How listed images are read.
 *
 * @category models
 */
export interface ReadOptions {
  /** Every image is scaled and cut to it, as `ImageFile.decode` says. */
  readonly shape: ImageFile.FileShape
  /** The fraction of the images that become the test set where none is given; `defaultTestFraction` by default. */
  readonly testFraction?: number
  /** Chooses those images; 0 by default. */
  readonly seed?: number
  /**
   * Whether all images are decoded into memory now, or each when it is needed. `"auto"`, the default, is memory for at most 1 GiB of pixels.
   * What cannot be decoded is found now in memory, and when it is needed on disk.
   */
  readonly storage?: "auto" | "memory" | "disk"
  /** What normalizes the images; by default that of the training images, on disk of 5,000 of them, which is then kept in the cache. */
  readonly statistics?: ChannelStatistics
}

/** The most bytes of pixels that are held in memory by default. */
const memoryLimit = 2 ** 30

/** The error that names everything that is wrong; at most 50 of it. */
export const refuse = (
  from: string,
  problems: ReadonlyArray<string>,
  layout: string
): Result.Result<void, DatasetError> => {
  if (problems.length === 0) return Result.void
  const more = problems.length > 50 ? [`and ${problems.length - 50} more`] : []
  return Result.fail(
    new DatasetError({
      op: "read",
      reason: `the images in ${from} cannot be used:${[...problems.slice(0, 50), ...more].map((problem) => `\n    ${problem}`).join("")}`,
      fix: `repair or remove what is named; ${layout}`
    })
  )
}

/** The encoded bytes of an image. */
const bytesOf = Effect.fnUntraced(function* ({ part, path }: Entry) {
  const fs = yield* FileSystem.FileSystem
  if (part === undefined) return yield* fs.readFile(path)
  const file = yield* fs.open(path, { flag: "r" })
  yield* file.seek(BigInt(part.offset), "start")
  const bytes = new Uint8Array(part.size)
  let read = 0
  while (read < part.size) {
    const got = Number(yield* file.read(bytes.subarray(read)))
    if (got === 0) break
    read += got
  }
  return bytes.subarray(0, read)
}, Effect.scoped)

/** What an image is called in messages. */
export const nameOf = ({ part, path }: Entry): string => (part === undefined ? path : `${path} at byte ${part.offset}`)

/** Decodes images into one block of memory, some at a time; those that cannot be read go to `problems`. */
const inMemory = Effect.fnUntraced(function* (
  task: Task,
  entries: ReadonlyArray<Entry>,
  shape: ImageFile.FileShape,
  problems: Array<string>
) {
  const size = ImageSet.imageBytes(shape)
  const images = yield* Effect.try({
    try: () => new Uint8Array(entries.length * size),
    catch: (cause) =>
      new DatasetError({
        op: "option",
        reason: `${entries.length} images of ${ImageSet.describeShape(shape)} need ${entries.length * size} bytes of memory, which the system does not give`,
        fix: 'use smaller images, or leave them on the disk: storage "disk"',
        cause
      })
  })
  yield* Effect.forEach(
    entries,
    (entry, index) =>
      Effect.mapError(bytesOf(entry), fileError(nameOf(entry))).pipe(
        Effect.flatMap((bytes) =>
          Effect.mapError(ImageFile.decode(bytes, shape), ({ reason }) => ({ reason: `${nameOf(entry)}: ${reason}` }))
        ),
        Effect.match({
          onSuccess: (pixels) => images.set(pixels, index * size),
          onFailure: ({ reason }) => void problems.push(reason)
        })
      ),
    { concurrency: 8, discard: true }
  )
  const labels = LabelKinds.flat(
    task,
    entries.map(({ label }) => label)
  )
  return { task, shape, count: entries.length, images, labels } satisfies ImageSet.ImageSet
})

/** A set of images that stay on the disk; those whose file is not there go to `problems`. */
const onDisk = Effect.fnUntraced(function* (
  task: Task,
  entries: ReadonlyArray<Entry>,
  shape: ImageFile.FileShape,
  problems: Array<string>
) {
  const fs = yield* FileSystem.FileSystem
  const sized = yield* Effect.forEach(
    entries,
    ({ part, path }) =>
      part === undefined
        ? Effect.mapError(fs.stat(path), fileError(path)).pipe(
            Effect.map(({ size }) => ({ path, offset: 0, size: Number(size) })),
            Effect.catch(({ reason }) => {
              problems.push(reason)
              return Effect.succeed({ path, offset: 0, size: 0 })
            })
          )
        : Effect.succeed({ path, ...part }),
    { concurrency: 16 }
  )
  const labels = entries.map(({ label }) => label)
  return yield* Effect.fromResult(StoredSet.make({ task, shape, labels, source: StoredSet.files(sized) }))
})

/**
 * Reads the images of a listing, or finds where they are.
 *
 * **Errors** `DatasetError` that names every file that cannot be read or decoded; one for a fraction or shape that makes no sense.
 */
export const read = Effect.fn("Listing.read")(function* (name: string, listing: Listing, options: ReadOptions) {
  const { seed = 0, shape, storage = "auto", testFraction = defaultTestFraction } = options
  yield* Effect.fromResult(ImageSet.checkShape(shape))
  if (!(testFraction > 0 && testFraction < 1)) {
    return yield* new DatasetError({
      op: "option",
      reason: `the part of the images to test on is ${testFraction}; expected more than 0 and less than 1`,
      fix: "give a fraction such as 0.2"
    })
  }
  const { classNames, from, task, test, train } = listing
  const bytes = (train.length + (test?.length ?? 0)) * ImageSet.imageBytes(shape)
  const stored = storage === "disk" || (storage === "auto" && bytes > memoryLimit)
  const problems: Array<string> = []
  const set = (entries: ReadonlyArray<Entry>): Effect.Effect<Images, DatasetError, FileSystem.FileSystem> =>
    stored ? onDisk(task, entries, shape, problems) : inMemory(task, entries, shape, problems)
  const first = yield* set(train)
  const second = yield* set(test ?? [])
  yield* Effect.fromResult(refuse(from, problems.toSorted(), "every image must be a whole PNG, JPEG or WebP file"))
  const parts =
    test === undefined
      ? yield* Effect.map(Effect.fromResult(Split.split(first, testFraction, seed)), ({ train, validation }) => ({
          train,
          test: validation
        }))
      : { train: first, test: second }
  const statistics = options.statistics ?? (stored ? yield* StatisticsCache.of(parts.train) : undefined)
  return yield* Effect.fromResult(
    Dataset.make({ name, classNames, ...parts, ...(statistics === undefined ? {} : { statistics }) })
  )
})
