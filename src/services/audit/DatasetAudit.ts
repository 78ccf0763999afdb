import { Effect } from "effect"
import * as Audit from "../../data/Audit.js"
import type { Dataset } from "../../data/Dataset.js"
import type { DatasetError } from "../../data/DatasetError.js"
import { imageBytes } from "../../data/ImageSet.js"
import * as Images from "../../data/Images.js"
import * as StoredSet from "../../data/StoredSet.js"
import { sha256 } from "../../internal/Digest.js"

/**
 * Looks at every image of a dataset: those in memory as they are, those in files decoded at their own size. A file that cannot be read is
 * part of the result, not an error.
 *
 * Images are the same if all pixels are, whatever the format of the file and its metadata.
 *
 * @example
 * ```ts
 * import { Effect, Result } from "effect"
 * import { Dataset, ImageSet } from "effect-tensorflow/data"
 * import { DatasetAudit } from "effect-tensorflow/services"
 *
 * const images = Result.getOrThrow(ImageSet.make({ height: 1, width: 1, channels: 1 }, [0, 0, 255], [0, 1, 1]))
 * const dataset = Result.getOrThrow(Dataset.make({ name: "greys", classNames: ["dark", "light"], train: images, test: images }))
 *
 * const { conflicts } = await Effect.runPromise(DatasetAudit.audit(dataset))
 * const [first] = conflicts
 * first?.map(({ name }) => name) // => ["training image 0", "training image 1", "test image 0", "test image 1"]
 * first?.map(({ labels }) => labels[0]) // => ["dark", "light", "dark", "light"]
 * ```
 *
 * @category auditing
 */
export const audit = (dataset: Dataset): Effect.Effect<Audit.Audit> =>
  Effect.gen(function* () {
    const train = yield* look(dataset, "train")
    const test = yield* look(dataset, "test")
    return Audit.make(dataset, [...train, ...test])
  })

/** Files decoded at a time: what keeps the threads of Node's pool busy. */
const concurrency = 8

const look = (dataset: Dataset, split: Audit.Split): Effect.Effect<ReadonlyArray<Audit.Seen>> => {
  const set = dataset[split]
  return Effect.forEach(
    Array.from({ length: set.count }, (_, index) => index),
    (index) =>
      Effect.map(
        Images.isStored(set) ? decoded(set, index) : Effect.sync(() => inMemory(set, index)),
        (image): Audit.Seen => ({
          name: nameOf(set, index, split),
          split,
          labels: labelsOf(dataset, set, index),
          image
        })
      ),
    { concurrency: Images.isStored(set) ? concurrency : 1 }
  )
}

const nameOf = (set: Images.Images, index: number, split: Audit.Split): string =>
  Images.isStored(set) ? StoredSet.nameOf(set, index) : `${split === "train" ? "training" : "test"} image ${index}`

const labelsOf = ({ classNames }: Dataset, set: Images.Images, index: number): ReadonlyArray<string> => {
  if (set.task === "values") return []
  if (set.task === "classes") return [classNames[set.labels[index]!] ?? `class ${set.labels[index]}`]
  const width = classNames.length
  return classNames.filter((_, label) => set.labels[index * width + label] === 1)
}

const inMemory = (set: Exclude<Images.Images, StoredSet.StoredSet>, index: number): Audit.Seen["image"] => {
  const size = imageBytes(set.shape)
  return { ...set.shape, digest: sha256(set.images.subarray(index * size, (index + 1) * size)) }
}

const decoded = (set: StoredSet.StoredSet, index: number): Effect.Effect<Audit.Seen["image"]> =>
  StoredSet.encoded(set, index).pipe(
    Effect.flatMap((bytes) =>
      Effect.tryPromise({
        try: async () => {
          const { default: sharp } = await import("sharp")
          const { data, info } = await sharp(bytes)
            .autoOrient()
            .toColourspace("srgb")
            .raw()
            .toBuffer({ resolveWithObject: true })
          const { channels, height, width } = info
          return { height, width, channels, digest: sha256(`${height}x${width}x${channels}`, data) }
        },
        catch: (cause) => ({ reason: cause instanceof Error ? cause.message.trim() : String(cause) })
      })
    ),
    Effect.catch((error: DatasetError | { readonly reason: string }) => Effect.succeed({ unreadable: error.reason }))
  )
