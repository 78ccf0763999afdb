import { Result } from "effect"
import * as Random from "../internal/Random.js"
import { DatasetError } from "./DatasetError.js"
import * as ImageSet from "./ImageSet.js"

/**
 * The two disjoint parts of a set, each in the order of the set.
 *
 * @category models
 */
export interface Split {
  readonly train: ImageSet.ImageSet
  readonly validation: ImageSet.ImageSet
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
export const split = (set: ImageSet.ImageSet, fraction: number, seed: number): Result.Result<Split, DatasetError> => {
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
    return Result.succeed({ train: set, validation: ImageSet.slice(set, 0, 0) })
  }
  const order = Random.permutation(set.count, Random.make(seed, "split"))
  return Result.succeed({
    train: ImageSet.select(set, order.slice(validationCount).sort()),
    validation: ImageSet.select(set, order.slice(0, validationCount).sort())
  })
}
