import { Result } from "effect"
import * as Random from "../internal/Random.js"
import { DatasetError } from "./DatasetError.js"
import * as ImageSet from "./ImageSet.js"

/** The two disjoint parts of a set, each in the order of the set. */
export interface Split {
  readonly train: ImageSet.ImageSet
  readonly validation: ImageSet.ImageSet
}

/**
 * Sets `fraction` of the images (rounded, chosen by `seed`) apart for validation.
 *
 * **Errors** `DatasetError` unless `fraction` is at least 0 and leaves an image to train on.
 */
export const split = (set: ImageSet.ImageSet, fraction: number, seed: number): Result.Result<Split, DatasetError> => {
  const held = Math.round(set.count * fraction)
  if (!(fraction >= 0 && fraction < 1) || (held === set.count && set.count > 0)) {
    return Result.fail(
      new DatasetError({
        op: "option",
        reason: `the validation fraction is ${fraction} of ${set.count} images; expected 0 or more, with images left to train on`,
        fix: "give a fraction such as 0.1 (of 50,000 images: 5,000 for validation), or 0 for no validation"
      })
    )
  }
  if (held === 0) {
    return Result.succeed({ train: set, validation: ImageSet.slice(set, 0, 0) })
  }
  const order = Random.permutation(set.count, Random.make(seed, "split"))
  return Result.succeed({
    train: ImageSet.select(set, order.slice(held).sort()),
    validation: ImageSet.select(set, order.slice(0, held).sort())
  })
}
