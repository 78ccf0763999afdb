import { Result, Schema } from "effect"
import { sha256 } from "../internal/Digest.js"
import * as Random from "../internal/Random.js"
import { DatasetError } from "./DatasetError.js"
import type { Labels, Task } from "./Targets.js"

const Weights = Schema.Array(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))).annotate({
  description: "a list of weights of at least 0, such as [1,0.5]"
})

const Images = Schema.NullOr(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))).annotate({
  description: "a whole number of images of at least 1, or null for as many as the set has"
})

/**
 * Every image once an epoch, in an order drawn evenly from all of them.
 *
 * @category schemas
 */
export const Uniform = Schema.Struct({ kind: Schema.Literal("uniform") })

/**
 * Images drawn with replacement, each class as often as every other; `images` an epoch.
 *
 * **Source** `WeightedRandomSampler` of torch with the weight 1 / (images of its class) for each image.
 *
 * @category schemas
 */
export const ClassBalanced = Schema.Struct({ kind: Schema.Literal("classBalanced"), images: Images })

/**
 * Images drawn with replacement, those of class `c` in proportion to `weights[c]`; `images` an epoch.
 *
 * **Source** `WeightedRandomSampler` of torch with `weights[label]` for each image.
 *
 * @category schemas
 */
export const ByClass = Schema.Struct({ kind: Schema.Literal("byClass"), weights: Weights, images: Images })

/**
 * Images drawn with replacement, each in proportion to its own weight; `images` an epoch. In a plan the weights are those of the images trained on,
 * without those held back for validation.
 *
 * **Source** `WeightedRandomSampler` of torch.
 *
 * @category schemas
 */
export const ByImage = Schema.Struct({ kind: Schema.Literal("byImage"), weights: Weights, images: Images })

/**
 * Which images an epoch has, and in which order.
 *
 * @category schemas
 */
export const Sampling = Schema.Union([Uniform, ClassBalanced, ByClass, ByImage])
/** @category models */
export type Sampling = typeof Sampling.Type

/**
 * Every image once an epoch, in random order: the default.
 *
 * @category constructors
 */
export const uniform: Sampling = { kind: "uniform" }

/**
 * Each class as often as every other, whatever the number of its images. `images` is the length of an epoch, by default that of the set.
 *
 * @category constructors
 */
export const classBalanced = (options: { readonly images?: number } = {}): Sampling => ({
  kind: "classBalanced",
  images: options.images ?? null
})

/**
 * Draws in proportion to a weight for each class.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Sampling } from "effect-tensorflow/data"
 *
 * Sampling.byClass([1, 3]) // => { kind: "byClass", weights: [1, 3], images: null }
 * ```
 */
export const byClass = (weights: ReadonlyArray<number>, options: { readonly images?: number } = {}): Sampling => ({
  kind: "byClass",
  weights,
  images: options.images ?? null
})

/**
 * Draws in proportion to a weight for each image.
 *
 * @category constructors
 */
export const byImage = (weights: ReadonlyArray<number>, options: { readonly images?: number } = {}): Sampling => ({
  kind: "byImage",
  weights,
  images: options.images ?? null
})

/**
 * The number of images that an epoch of a set of `count` images has.
 *
 * @category accessors
 */
export const epochImages = (sampling: Sampling, count: number): number =>
  sampling.kind === "uniform" ? count : (sampling.images ?? count)

/**
 * A sampling as plain data, for records: weights of images as their SHA-256.
 *
 * @category conversions
 */
export const describe = (sampling: Sampling): Schema.JsonObject =>
  sampling.kind === "byImage" ? { ...sampling, weights: sha256(JSON.stringify(sampling.weights)) } : { ...sampling }

interface Labelled {
  readonly task: Task
  readonly count: number
  readonly labels: Labels[Task]
}

const refuse = (reason: string, fix: string): Result.Result<never, DatasetError> =>
  Result.fail(new DatasetError({ op: "option", reason, fix }))

/** The weight of each image; `undefined` where each comes once. */
const weightsOf = (sampling: Sampling, set: Labelled, classes: number) =>
  Result.gen(function* () {
    if (sampling.kind === "uniform") return undefined
    if (sampling.kind === "byImage") {
      return sampling.weights.length === set.count
        ? sampling.weights
        : yield* refuse(
            `sampling by image has ${sampling.weights.length} weights for ${set.count} images`,
            "give one weight for each training image"
          )
    }
    if (set.task !== "classes") {
      return yield* refuse(
        `sampling ${sampling.kind} goes by the class of an image, and these have labels of the kind "${set.task}"`,
        'sample "byImage", with a weight for each image'
      )
    }
    if (sampling.kind === "byClass" && sampling.weights.length !== classes) {
      return yield* refuse(
        `sampling by class has ${sampling.weights.length} weights for ${classes} classes`,
        "give one weight for each class, in the order of the class names"
      )
    }
    const counts = new Float64Array(classes)
    for (const label of set.labels) counts[label]! += 1
    const ofClass = sampling.kind === "byClass" ? sampling.weights : counts.map((images) => 1 / images)
    return Float64Array.from(set.labels, (label) => ofClass[label]!)
  })

/** The sums of the weights up to and with each image; weights of which nothing can be drawn are refused. */
const sumsOf = (weights: ArrayLike<number>): Result.Result<Float64Array, DatasetError> => {
  const sums = new Float64Array(weights.length)
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!
    if (!(weight >= 0)) return refuse(`a weight of the sampling is ${weight}`, "give weights of at least 0")
    sum += weight
    sums[i] = sum
  }
  return sum > 0 && Number.isFinite(sum)
    ? Result.succeed(sums)
    : refuse(`the weights of the sampling add up to ${sum}`, "give at least one image a weight above 0")
}

/** The first place whose sum is more than `value`. */
const firstAbove = (sums: Float64Array, value: number): number => {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sums[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * Checks a sampling of a set.
 *
 * **Errors** `DatasetError` as of `order`.
 *
 * @category validation
 */
export const check = (sampling: Sampling, set: Labelled, classes: number): Result.Result<void, DatasetError> =>
  Result.flatMap(weightsOf(sampling, set, classes), (weights) =>
    weights === undefined ? Result.void : Result.map(sumsOf(weights), () => undefined)
  )

/**
 * The places of an epoch's images in their set, in order: a function of seed and epoch alone.
 *
 * **Errors** `DatasetError` for weights that are not as many as there are classes or images, are negative or all 0, and for sampling by class where
 * images have no class.
 *
 * @category accessors
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { ImageSet, Sampling } from "effect-tensorflow/data"
 *
 * // Nine images of class 0, and one of class 1.
 * const labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
 * const set = Result.getOrThrow(ImageSet.make({ height: 1, width: 1, channels: 1 }, new Uint8Array(10), labels))
 * const order = Result.getOrThrow(Sampling.order(Sampling.classBalanced({ images: 10000 }), set, 2, { seed: 0, epoch: 0 }))
 * const share = order.filter((image) => image === 9).length / 10000
 * share.toFixed(1) // => "0.5"
 * ```
 */
export const order = (
  sampling: Sampling,
  set: Labelled,
  classes: number,
  { epoch, seed }: { readonly seed: number; readonly epoch: number }
): Result.Result<Int32Array, DatasetError> =>
  Result.gen(function* () {
    const weights = yield* weightsOf(sampling, set, classes)
    if (weights === undefined) return Random.permutation(set.count, Random.make(seed, "shuffle", epoch))
    const sums = yield* sumsOf(weights)
    const { uniform } = Random.make(seed, "draw", epoch)
    const total = sums.at(-1)!
    return Int32Array.from({ length: epochImages(sampling, set.count) }, () => firstAbove(sums, total * uniform()))
  })
