import { Result } from "effect"
import type { Dataset } from "../../data/Dataset.js"
import { DatasetError } from "../../data/DatasetError.js"
import { type ImageSet, imageBytes } from "../../data/ImageSet.js"
import { sha256 } from "../../internal/Digest.js"
import type { Entry } from "./Catalogue.js"
import type { Parts } from "./FileLayout.js"

/** The bytes of a dataset: train images, train labels, test images, test labels, a label a byte. */
export const size = (entry: Entry): number => (entry.trainImages + entry.testImages) * (imageBytes(entry.shape) + 1)

/** The most bytes that a file may unpack to: all of the dataset, and 16 MiB for headers and other files beside it. */
export const unpackedLimit = (entry: Entry): number => size(entry) + 2 ** 24

/** Lays decoded parts out as the one block of bytes that `toDataset` checks and reads. */
export const fromParts = ({ test, train }: Parts): Uint8Array =>
  Buffer.concat(
    [train, test].flatMap((sets) => [
      ...sets.map((set) => set.images),
      ...sets.map((set) => Uint8Array.from(set.labels))
    ])
  )

/**
 * The dataset in such a block, sharing its memory.
 *
 * **Errors** `DatasetError` when its size or its SHA-256 is not that of the official images and labels.
 */
export const toDataset = (entry: Entry, bytes: Uint8Array): Result.Result<Dataset<"classes">, DatasetError> => {
  const altered = (expected: string, actual: string) =>
    Result.fail(
      new DatasetError({
        op: "verify",
        reason: `these are not the images and labels of ${entry.title}: expected ${expected}, found ${actual}`,
        fix: `give the official files of ${entry.title}, or let them be fetched: effect-tensorflow data fetch ${entry.name}`
      })
    )
  if (bytes.length !== size(entry)) {
    return altered(`${size(entry)} bytes`, `${bytes.length} bytes`)
  }
  const digest = sha256(bytes)
  if (digest !== entry.sha256) {
    return altered(`SHA-256 ${entry.sha256}`, digest)
  }
  const { classNames, name, relabel, statistics } = entry
  const part = (start: number, count: number): ImageSet<"classes"> => {
    const end = start + count * imageBytes(entry.shape)
    return {
      task: "classes",
      shape: entry.shape,
      count,
      images: bytes.subarray(start, end),
      labels: Int32Array.from(bytes.subarray(end, end + count), (label) => relabel?.[label] ?? label)
    }
  }
  const train = part(0, entry.trainImages)
  return Result.succeed({
    name,
    classNames,
    statistics,
    train,
    test: part(train.images.length + entry.trainImages, entry.testImages)
  })
}
