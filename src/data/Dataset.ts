import { Result } from "effect"
import { sha256 } from "../internal/Digest.js"
import { DatasetError } from "./DatasetError.js"
import { describeShape } from "./ImageSet.js"
import { check as checkSet, type Images, isClasses, isStored } from "./Images.js"
import * as Statistics from "./Statistics.js"
import * as StoredSet from "./StoredSet.js"
import type { Task } from "./Targets.js"

/**
 * Named training and test images of one task, and the training set's statistics. `classNames` has a name for each output of a network: the
 * classes, the labels of which an image may have several, or the values.
 *
 * @category models
 */
export interface Dataset<T extends Task = Task> {
  readonly name: string
  readonly classNames: ReadonlyArray<string>
  readonly statistics: Statistics.ChannelStatistics
  readonly train: Images<T>
  readonly test: Images<T>
}

/**
 * A dataset of custom images; its statistics are by default those of the training images, which must then be in memory.
 *
 * **Errors** `DatasetError` as of `check`, and for a set without test images.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Dataset, ImageSet } from "effect-tensorflow/data"
 *
 * const shape = { height: 2, width: 1, channels: 1 }
 * const images = Result.getOrThrow(ImageSet.make(shape, [0, 255, 255, 0], [0, 1]))
 * const dataset = Dataset.make({ name: "ramps", classNames: ["down", "up"], train: images, test: images })
 * Result.getOrThrow(dataset).statistics // => { mean: [0.5], deviation: [0.5] }
 * ```
 */
export const make = <T extends Task>(
  options: Omit<Dataset<T>, "statistics"> & { readonly statistics?: Statistics.ChannelStatistics }
): Result.Result<Dataset<T>, DatasetError> =>
  Result.gen(function* () {
    yield* checkImages(options)
    yield* checkNotEmpty("test", options.test)
    const { statistics, train } = options
    if (statistics !== undefined) yield* checkStatistics(statistics, train.shape.channels)
    return { ...options, statistics: statistics ?? (yield* computed(train)) }
  })

const computed = (train: Images): Result.Result<Statistics.ChannelStatistics, DatasetError> =>
  isStored(train)
    ? refuse(
        "the training images are not in memory, so their statistics cannot be computed here",
        "give the statistics: Statistics.ofSample(images), or Statistics.imagenet"
      )
    : Result.succeed(Statistics.compute(train))

/**
 * Checks a dataset, however it was made; takes time with the number of labels, not of pixels.
 *
 * **Errors** `DatasetError` for fewer than two classes or no outputs, names that are empty or repeated, a set without training images or with arrays
 * of the wrong types or lengths, training and test images of different shapes or tasks, a label without a name, and statistics that are not a finite
 * mean and a deviation of at least 0 for each channel.
 *
 * @category validation
 */
export const check = (dataset: Dataset): Result.Result<void, DatasetError> =>
  Result.flatMap(checkImages(dataset), () => checkStatistics(dataset.statistics, dataset.train.shape.channels))

const digests = new WeakMap<Dataset, string>()

/**
 * The SHA-256 of what a dataset holds, in hexadecimal: its names of classes, labels or values, shapes, images and labels, but not its name. Of a stored
 * set it has the names and sizes of the files, not their bytes. Computed once for each value.
 *
 * @category accessors
 */
export const digest = (dataset: Dataset): string => {
  const known = digests.get(dataset)
  if (known !== undefined) return known
  const { classNames, test, train } = dataset
  const sets = [train, test].map(({ count, shape }) => [count, describeShape(shape)])
  const header = JSON.stringify([...(isClasses(train) ? [] : [train.task]), classNames, ...sets])
  const bytes = ({ buffer, byteLength, byteOffset }: Int32Array | Float32Array) =>
    new Uint8Array(buffer, byteOffset, byteLength)
  const images = (set: Images) => (isStored(set) ? StoredSet.digest(set) : set.images)
  const computed = sha256(header, images(train), bytes(train.labels), images(test), bytes(test.labels))
  digests.set(dataset, computed)
  return computed
}

const refuse = (reason: string, fix: string): Result.Result<never, DatasetError> =>
  Result.fail(new DatasetError({ op: "option", reason, fix }))

const checkImages = ({ classNames, test, train }: Omit<Dataset, "statistics">): Result.Result<void, DatasetError> =>
  Result.gen(function* () {
    yield* checkNames(classNames, train.task)
    if (train.task !== test.task) {
      return yield* refuse(
        `the training labels are "${train.task}", the test labels "${test.task}"`,
        "make both sets with the same constructor of ImageSet"
      )
    }
    yield* checkSet(train, classNames.length, "training")
    yield* checkNotEmpty("training", train)
    yield* checkSet(test, classNames.length, "test")
    if (describeShape(train.shape) !== describeShape(test.shape)) {
      yield* refuse(
        `the training images are ${describeShape(train.shape)}, the test images ${describeShape(test.shape)}`,
        "bring all images to one height, width and number of channels"
      )
    }
  })

const words = { classes: ["class", "classes"], multiple: ["label", "labels"], values: ["value", "values"] } as const

const checkNames = (names: ReadonlyArray<string>, task: Task): Result.Result<void, DatasetError> => {
  const [one, many] = words[task]
  if (names.length === 0) return refuse(`there are no ${one} names`, `give the names of the ${many}, in their order`)
  if (names.length === 1 && task === "classes") {
    return refuse(
      `there is one class, "${names[0]}": nothing to tell apart`,
      "give the names of two classes or more, in the order of the labels"
    )
  }
  for (const [i, name] of names.entries()) {
    const before = names.indexOf(name)
    if (name.trim() === "") return refuse(`the name of ${one} ${i} is empty`, `give each ${one} a name`)
    if (before !== i) {
      return refuse(`the ${many} ${before} and ${i} are both called "${name}"`, `give each ${one} a different name`)
    }
  }
  return Result.void
}

const checkNotEmpty = (which: string, { count }: Images): Result.Result<void, DatasetError> =>
  count > 0
    ? Result.void
    : refuse(`there are no ${which} images`, "give some, or split some off the others with Split.split")

const checkStatistics = (
  { deviation, mean }: Statistics.ChannelStatistics,
  channels: number
): Result.Result<void, DatasetError> =>
  [mean, deviation].every((values) => values.length === channels && values.every(Number.isFinite)) &&
  deviation.every((value) => value >= 0)
    ? Result.void
    : refuse(
        `the statistics have the means [${mean.join(", ")}] and the deviations [${deviation.join(", ")}]; ` +
          `expected ${channels} finite means and ${channels} deviations of at least 0, one a channel`,
        "use Statistics.compute of the training images"
      )
