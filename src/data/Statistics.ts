import { Effect } from "effect"
import * as Random from "../internal/Random.js"
import type { DatasetError } from "./DatasetError.js"
import type { ImageSet } from "./ImageSet.js"
import { type Images, pixels } from "./Images.js"

/**
 * Mean and standard deviation of each channel, of pixels scaled to 0..1.
 *
 * @category models
 */
export interface ChannelStatistics {
  readonly mean: ReadonlyArray<number>
  readonly deviation: ReadonlyArray<number>
}

/**
 * Those of ImageNet's training images, as torchvision has them: most published weights were trained with them, also those for CIFAR-10.
 *
 * @category constants
 */
export const imagenet: ChannelStatistics = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] }

/**
 * Mean and (population) standard deviation of each channel over all pixels of a set, exact up to the last rounding.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { ImageSet, Statistics } from "effect-tensorflow/data"
 *
 * const set = Result.getOrThrow(ImageSet.make({ height: 1, width: 2, channels: 1 }, [0, 255, 255, 0], [0, 1]))
 * Statistics.compute(set) // => { mean: [0.5], deviation: [0.5] }
 * ```
 */
export const compute = (set: ImageSet): ChannelStatistics => {
  const histogram = new Float64Array(set.shape.channels * 256)
  count(histogram, set.images)
  return of(histogram, set.count * set.shape.height * set.shape.width)
}

/** Images read at a time. */
const chunk = 64

/**
 * The statistics of `images` of a set, drawn by `seed`: by default 5,000 and 0, and of all if it has no more. They are read a few at a time.
 *
 * **Errors** `DatasetError` that names the file that cannot be read or decoded.
 *
 * @category constructors
 */
export const ofSample = Effect.fnUntraced(function* (
  set: Images,
  { images = 5000, seed = 0 }: { readonly images?: number; readonly seed?: number } = {}
): Effect.fn.Return<ChannelStatistics, DatasetError> {
  const { channels, height, width } = set.shape
  const drawn = Random.permutation(set.count, Random.make(seed, "statistics")).subarray(0, images).sort()
  const histogram = new Float64Array(channels * 256)
  for (let start = 0; start < drawn.length; start += chunk) {
    count(histogram, yield* pixels(set, drawn.subarray(start, start + chunk)))
  }
  return of(histogram, drawn.length * height * width)
})

/** Adds to the number of times that each channel has each value. */
const count = (histogram: Float64Array, images: Uint8Array): void => {
  for (let i = 0; i < images.length; ) {
    for (let row = 0; row < histogram.length; row += 256) {
      histogram[row + images[i]!]!++
      i++
    }
  }
}

const of = (histogram: Float64Array, pixels: number): ChannelStatistics => {
  const mean: Array<number> = []
  const deviation: Array<number> = []
  for (let row = 0; row < histogram.length; row += 256) {
    let sum = 0
    let squares = 0
    for (let value = 0; value < 256; value++) {
      sum += value * histogram[row + value]!
      squares += value * value * histogram[row + value]!
    }
    const average = sum / pixels
    mean.push(average / 255)
    deviation.push(Math.sqrt(Math.max(0, squares / pixels - average * average)) / 255)
  }
  return { mean, deviation }
}
