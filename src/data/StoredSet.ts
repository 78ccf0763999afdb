import { open } from "node:fs/promises"
import { Effect, Result } from "effect"
import { sha256 } from "../internal/Digest.js"
import { DatasetError } from "./DatasetError.js"
import * as ImageFile from "./ImageFile.js"
import { checkShape, imageBytes } from "./ImageSet.js"
import * as LabelKinds from "./LabelKinds.js"
import type * as Targets from "./Targets.js"

/**
 * Where the encoded images of a set are: image `i` is the `size[i]` bytes from `offset[i]` on of `paths[file[i]]`, a file of its own or a part of
 * a tar archive.
 *
 * @category models
 */
export interface Files {
  readonly _tag: "Files"
  readonly paths: ReadonlyArray<string>
  readonly file: Int32Array
  readonly offset: Float64Array
  readonly size: Float64Array
}

/**
 * A custom source of encoded images, read by place; `name` and `digest` are what records know it by: change the digest when what it gives changes.
 *
 * @category models
 */
export interface Custom {
  readonly _tag: "Custom"
  readonly name: string
  readonly digest: string
  readonly read: (place: number) => Effect.Effect<Uint8Array, DatasetError>
}

/**
 * Labelled images that are read and decoded when they are needed. In memory are the labels and where each image is.
 *
 * **Shapes** every image is brought to `shape`, as `ImageFile.decode` says; image `i` is the one at `places[i]` of its source. `labels` as in an `ImageSet`.
 *
 * @category models
 */
export interface StoredSet<T extends Targets.Task = Targets.Task> {
  readonly task: T
  readonly shape: ImageFile.FileShape
  readonly count: number
  readonly labels: Targets.Labels[T]
  readonly source: Files | Custom
  readonly places: Int32Array
}

/**
 * A set of all images of a source.
 *
 * **Errors** `DatasetError` for an impossible shape and for labels that are not of the task.
 *
 * @category constructors
 */
export const make = <T extends Targets.Task>(options: {
  readonly task: T
  readonly shape: ImageFile.FileShape
  readonly labels: ArrayLike<Targets.Label[T]>
  readonly source: Files | Custom
}): Result.Result<StoredSet<T>, DatasetError> =>
  Result.gen(function* () {
    const { labels, shape, source, task } = options
    yield* checkShape(shape)
    for (let image = 0; image < labels.length; image++) {
      yield* LabelKinds.check(task, labels[image]!, labels[0]!, image)
    }
    const count = labels.length
    const places = Int32Array.from({ length: count }, (_, i) => i)
    return { task, shape, count, labels: LabelKinds.flat(task, labels), source, places }
  })

/**
 * The files of whole images, or of parts of archives.
 *
 * @category constructors
 */
export const files = (
  entries: ReadonlyArray<{ readonly path: string; readonly offset: number; readonly size: number }>
): Files => {
  const numbers = new Map<string, number>()
  const file = Int32Array.from(entries, ({ path }) => {
    const known = numbers.get(path)
    if (known !== undefined) return known
    numbers.set(path, numbers.size)
    return numbers.size - 1
  })
  return {
    _tag: "Files",
    paths: [...numbers.keys()],
    file,
    offset: Float64Array.from(entries, ({ offset }) => offset),
    size: Float64Array.from(entries, ({ size }) => size)
  }
}

/**
 * The images at `indices`, in their order; no pixel is read.
 *
 * @category combinators
 */
export const select = <T extends Targets.Task>(set: StoredSet<T>, indices: ArrayLike<number>): StoredSet<T> => ({
  ...set,
  count: indices.length,
  places: Int32Array.from(indices, (index) => set.places[index]!),
  labels: LabelKinds.select(set, indices)
})

/**
 * The images `start` to `end` (exclusive).
 *
 * @category combinators
 */
export const slice = <T extends Targets.Task>(set: StoredSet<T>, start: number, end = set.count): StoredSet<T> => {
  const places = set.places.subarray(start, end)
  return { ...set, count: places.length, places, labels: LabelKinds.slice(set, start, end) }
}

/**
 * What an image is called in messages: its path, for a part of an archive with its first byte.
 *
 * @category accessors
 */
export const nameOf = ({ places, source }: StoredSet, index: number): string => {
  const place = places[index]!
  if (source._tag === "Custom") return `image ${place} of ${source.name}`
  const path = source.paths[source.file[place]!]!
  return isPart(source, place) ? `${path} at byte ${source.offset[place]}` : path
}

/** Whether an image shares its file with others. */
const isPart = ({ offset, size, file }: Files, place: number): boolean =>
  offset[place]! > 0 || (place > 0 && file[place - 1] === file[place]) || size[place] === undefined

/**
 * A digest of what a set is made of: names, places and sizes of its files, not their bytes. Folders are left out, so that a set that was moved is the same.
 *
 * @category accessors
 */
export const digest = ({ places, shape, source }: StoredSet): string => {
  const bytes = ({ buffer, byteLength, byteOffset }: Int32Array | Float64Array) =>
    new Uint8Array(buffer, byteOffset, byteLength)
  const of =
    source._tag === "Custom"
      ? [JSON.stringify([source.name, source.digest])]
      : [...names(source.paths), bytes(source.file), bytes(source.offset), bytes(source.size)]
  return sha256(JSON.stringify(shape), ...of, bytes(places))
}

/** The paths below the folder that they share, each ended by a zero. */
function* names(paths: ReadonlyArray<string>) {
  const [first = ""] = paths
  let shared = first.lastIndexOf("/") + 1
  for (const path of paths) {
    while (!path.startsWith(first.slice(0, shared))) shared = first.lastIndexOf("/", shared - 2) + 1
  }
  for (const path of paths) yield `${path.slice(shared)}\0`
}

/** The encoded bytes of a part of a file. */
const readPart = async (path: string, offset: number, size: number): Promise<Uint8Array> => {
  const handle = await open(path)
  try {
    const bytes = new Uint8Array(size)
    let read = 0
    while (read < size) {
      const { bytesRead } = await handle.read(bytes, read, size - read, offset + read)
      if (bytesRead === 0) throw new Error(`it has ${offset + read} bytes, and had ${offset + size}`)
      read += bytesRead
    }
    return bytes
  } finally {
    await handle.close()
  }
}

/**
 * The encoded bytes of an image.
 *
 * **Errors** `DatasetError` that names the file that cannot be read.
 *
 * @category reading
 */
export const encoded = (set: StoredSet, index: number): Effect.Effect<Uint8Array, DatasetError> => {
  const { places, source } = set
  const place = places[index]!
  if (source._tag === "Custom") return source.read(place)
  return Effect.tryPromise({
    try: () => readPart(source.paths[source.file[place]!]!, source.offset[place]!, source.size[place]!),
    catch: (cause) =>
      new DatasetError({
        op: "read",
        reason: `could not read ${nameOf(set, index)}: ${cause instanceof Error ? cause.message : String(cause)}`,
        fix: "put the file back as it was when the set was listed, or start again with the files that are there",
        cause
      })
  })
}

/** Images read and decoded at a time: what keeps the four threads of Node's pool busy. */
const concurrency = 4

/** Reads and decodes the images at `indices`; `use` is given each, in the order in which they are ready. */
const each = (
  set: StoredSet,
  indices: ArrayLike<number>,
  use: (image: Uint8Array, i: number) => void
): Effect.Effect<void, DatasetError> =>
  Effect.forEach(
    Array.from(indices),
    (index, i) =>
      encoded(set, index).pipe(
        Effect.flatMap((bytes) =>
          Effect.mapError(ImageFile.decode(bytes, set.shape), (error) =>
            error.withReason(`${nameOf(set, index)}: ${error.reason}`)
          )
        ),
        Effect.map((image) => use(image, i))
      ),
    { concurrency, discard: true }
  )

/**
 * The images at `indices`, read and decoded now, each in memory of its own.
 *
 * **Shapes** `[height, width, channels]` uint8. **Errors** as of `pixels`.
 *
 * @category reading
 */
export const decoded = (
  set: StoredSet,
  indices: ArrayLike<number>
): Effect.Effect<ReadonlyArray<Uint8Array>, DatasetError> =>
  Effect.suspend(() => {
    const images: Array<Uint8Array> = []
    return Effect.as(
      each(set, indices, (image, i) => {
        images[i] = image
      }),
      images
    )
  })

/**
 * The pixels of the images at `indices`, read and decoded now.
 *
 * **Shapes** `[indices.length, height, width, channels]` uint8. **Errors** `DatasetError` that names the file that cannot be read or decoded.
 *
 * @category reading
 */
export const pixels = (set: StoredSet, indices: ArrayLike<number>): Effect.Effect<Uint8Array, DatasetError> =>
  Effect.suspend(() => {
    const size = imageBytes(set.shape)
    const all = new Uint8Array(indices.length * size)
    return Effect.as(
      each(set, indices, (image, i) => all.set(image, i * size)),
      all
    )
  })
