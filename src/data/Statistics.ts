import type { ImageSet } from "./ImageSet.js"

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
  const { channels } = set.shape
  const histogram = new Float64Array(channels * 256)
  for (let i = 0; i < set.images.length; ) {
    for (let row = 0; row < histogram.length; row += 256) {
      histogram[row + set.images[i]!]!++
      i++
    }
  }
  const pixels = set.images.length / channels
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
