import { Effect, FileSystem, Path, Schema } from "effect"
import type { Images } from "../../data/Images.js"
import { isStored } from "../../data/Images.js"
import * as Statistics from "../../data/Statistics.js"
import * as StoredSet from "../../data/StoredSet.js"
import { writeAtomic } from "../files/Files.js"
import { cacheFolder } from "./Cached.js"

const File = Schema.fromJsonString(
  Schema.Struct({ mean: Schema.Array(Schema.Finite), deviation: Schema.Array(Schema.Finite) })
)

/** Images that the statistics of a stored set are computed from. */
const sample = 5000

/**
 * The statistics of 5,000 images of a set (of all, if it has no more), drawn with seed 0: from the user's cache, where they are kept under the digest
 * of the set, or computed now. A cache that cannot be written is no error.
 *
 * **Errors** `DatasetError` that names the file that cannot be read or decoded.
 */
export const of = Effect.fnUntraced(function* (set: Images) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = isStored(set)
    ? yield* Effect.option(
        Effect.map(cacheFolder("statistics"), (folder) =>
          path.join(folder, `${StoredSet.digest(set).slice(0, 40)}.json`)
        )
      )
    : undefined
  if (file?._tag === "Some") {
    const known = yield* Effect.option(Effect.flatMap(fs.readFileString(file.value), Schema.decodeEffect(File)))
    if (known._tag === "Some" && known.value.mean.length === set.shape.channels) return known.value
  }
  yield* Effect.logInfo(
    `computing the statistics that normalize the images, from ${Math.min(sample, set.count).toLocaleString("en-US")} of ${set.count.toLocaleString("en-US")}`
  )
  const statistics = yield* Statistics.ofSample(set, { images: sample })
  if (file?._tag === "Some") {
    yield* Effect.ignore(
      Effect.andThen(
        fs.makeDirectory(path.dirname(file.value), { recursive: true }),
        writeAtomic(file.value, Schema.encodeSync(File)(statistics))
      )
    )
  }
  return statistics
})
