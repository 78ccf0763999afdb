import { Result } from "effect"
import { DatasetError } from "./DatasetError.js"
import { type ImageSet, type ImageShape, imageBytes } from "./ImageSet.js"
import * as Statistics from "./Statistics.js"

/** A named classification task: training and test images, the names of their classes and the training set's statistics. */
export interface Dataset {
  readonly name: string
  readonly classNames: ReadonlyArray<string>
  readonly statistics: Statistics.ChannelStatistics
  readonly train: ImageSet
  readonly test: ImageSet
}

/**
 * A dataset of one's own images; its statistics are those of the training images.
 *
 * **Errors** `DatasetError` for class names that are empty or repeated, a set without images or with arrays of the wrong lengths, training and
 * test images of different shapes, and a label without a class name.
 */
export const make = (options: Omit<Dataset, "statistics">): Result.Result<Dataset, DatasetError> =>
  Result.gen(function* () {
    const { classNames, test, train } = options
    yield* checkNames(classNames)
    yield* checkSet("training", train, classNames.length)
    yield* checkSet("test", test, classNames.length)
    if (describe(train.shape) !== describe(test.shape)) {
      return yield* refuse(
        `the training images are ${describe(train.shape)}, the test images ${describe(test.shape)}`,
        "bring all images to one height, width and number of channels"
      )
    }
    return { ...options, statistics: Statistics.compute(train) }
  })

const refuse = (reason: string, fix: string): Result.Result<never, DatasetError> =>
  Result.fail(new DatasetError({ op: "option", reason, fix }))

const describe = ({ channels, height, width }: ImageShape): string => `${height}x${width}x${channels}`

const checkNames = (names: ReadonlyArray<string>): Result.Result<void, DatasetError> => {
  const wrong = names.findIndex((name, i) => name.trim() === "" || names.indexOf(name) !== i)
  if (names.length === 0) {
    return refuse("there are no class names", "give a name for each class, in the order of the labels")
  }
  return wrong === -1
    ? Result.void
    : refuse(
        names[wrong]!.trim() === ""
          ? `the name of class ${wrong} is empty`
          : `the classes ${names.indexOf(names[wrong]!)} and ${wrong} are both called "${names[wrong]}"`,
        "give each class a name of its own"
      )
}

const checkSet = (which: string, set: ImageSet, classes: number): Result.Result<void, DatasetError> => {
  const bytes = set.count * imageBytes(set.shape)
  if (set.count === 0) {
    return refuse(`there are no ${which} images`, "give some, or set a part of the others apart with Split.split")
  }
  if (set.images.length !== bytes || set.labels.length !== set.count) {
    return refuse(
      `${set.count} ${which} images of ${describe(set.shape)} are ${bytes} bytes and ${set.count} labels; ` +
        `there are ${set.images.length} bytes and ${set.labels.length} labels`,
      "make the set with ImageSet.make, which counts the images"
    )
  }
  const wrong = set.labels.findIndex((label) => !(label >= 0 && label < classes))
  return wrong === -1
    ? Result.void
    : refuse(
        `the labels of ${classes} classes are 0 to ${classes - 1}; ${which} image ${wrong} has ${set.labels[wrong]}`,
        "count the classes from 0, and name each of them"
      )
}
