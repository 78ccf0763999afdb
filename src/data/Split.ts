import { Result } from "effect"
import * as Random from "../internal/Random.js"
import { DatasetError } from "./DatasetError.js"
import * as Images from "./Images.js"
import type { Task } from "./Targets.js"

/**
 * The two disjoint parts of a set, each in the order of the set.
 *
 * @category models
 */
export interface Split<T extends Task = Task> {
  readonly train: Images.Images<T>
  readonly validation: Images.Images<T>
}

/**
 * Splits off `fraction` of the images (rounded, chosen by `seed`) for validation.
 *
 * **Errors** `DatasetError` unless `fraction` is at least 0 and leaves an image to train on.
 *
 * @category combinators
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { ImageSet, Split } from "effect-tensorflow/data"
 *
 * const labels = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
 * const set = Result.getOrThrow(ImageSet.make({ height: 4, width: 4, channels: 1 }, new Uint8Array(160), labels))
 * const { train, validation } = Result.getOrThrow(Split.split(set, 0.2, 7))
 * const counts = [train.count, validation.count]
 * counts // => [8, 2]
 * ```
 */
export const split = <T extends Task>(
  set: Images.Images<T>,
  fraction: number,
  seed: number
): Result.Result<Split<T>, DatasetError> => {
  const validationCount = Math.round(set.count * fraction)
  if (!(fraction >= 0 && fraction < 1) || (validationCount === set.count && set.count > 0)) {
    return Result.fail(
      new DatasetError({
        op: "option",
        reason: `the validation fraction is ${fraction} of ${set.count} images; expected 0 or more, with images left to train on`,
        fix: "give a fraction such as 0.1 (of 50,000 images: 5,000 for validation), or 0 for no validation"
      })
    )
  }
  if (validationCount === 0) {
    return Result.succeed({ train: set, validation: Images.slice(set, 0, 0) })
  }
  const order = Random.permutation(set.count, Random.make(seed, "split"))
  return Result.succeed({
    train: Images.select(set, order.slice(validationCount).sort()),
    validation: Images.select(set, order.slice(0, validationCount).sort())
  })
}

/**
 * As many images of a set as `amount` says, chosen by `seed` so that classes, if the images have one each, keep their proportions; in the order of the set. Below 1 it is a fraction, from 1 on a number of images.
 *
 * **Errors** `DatasetError` unless at least one image and at most all are chosen.
 *
 * @category combinators
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { ImageSet, Split } from "effect-tensorflow/data"
 *
 * const labels = [0, 0, 0, 0, 0, 0, 1, 1, 1]
 * const set = Result.getOrThrow(ImageSet.make({ height: 1, width: 1, channels: 1 }, [0, 1, 2, 3, 4, 5, 6, 7, 8], labels))
 * const third = Result.getOrThrow(Split.sample(set, 1 / 3, 7))
 * third.labels // => [0, 0, 1]
 * ```
 */
export const sample = <T extends Task>(
  set: Images.Images<T>,
  amount: number,
  seed: number
): Result.Result<Images.Images<T>, DatasetError> => {
  const total = amount < 1 ? Math.round(set.count * amount) : amount
  if (!(Number.isInteger(total) && total >= 1 && total <= set.count)) {
    return Result.fail(
      new DatasetError({
        op: "option",
        reason: `${amount} of ${set.count} images is no number of images that can be chosen`,
        fix: "give a fraction below 1 that leaves an image, such as 0.1, or a whole number of images of at most all of them"
      })
    )
  }
  if (total === set.count) return Result.succeed(set)
  const byClass = new Map<number, Array<number>>()
  for (const image of Random.permutation(set.count, Random.make(seed, "sample"))) {
    const label = set.task === "classes" ? set.labels[image]! : 0
    const images = byClass.get(label)
    if (images === undefined) byClass.set(label, [image])
    else images.push(image)
  }
  // Largest remainder: each class gets its share rounded down, and those that lost most by it one image more.
  const shares = [...byClass].map(([label, images]) => ({ label, images, share: (total * images.length) / set.count }))
  const rounded = shares.reduce((sum, { share }) => sum + Math.floor(share), 0)
  const lost = ({ share }: { readonly share: number }) => share - Math.floor(share)
  const more = new Set(
    shares
      .toSorted((a, b) => lost(b) - lost(a) || a.label - b.label)
      .slice(0, total - rounded)
      .map(({ label }) => label)
  )
  const chosen = shares.flatMap(({ images, label, share }) =>
    images.slice(0, Math.floor(share) + (more.has(label) ? 1 : 0))
  )
  return Result.succeed(Images.select(set, Int32Array.from(chosen).sort()))
}
