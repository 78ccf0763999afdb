import type { ImageSet } from "./ImageSet.js"

/** Mean and standard deviation of each channel, of pixels scaled to 0..1. */
export interface ChannelStatistics {
  readonly mean: ReadonlyArray<number>
  readonly deviation: ReadonlyArray<number>
}

/** A named classification task: the official training and test images, their class names and the training set's statistics. */
export interface Dataset {
  readonly name: string
  readonly classNames: ReadonlyArray<string>
  readonly statistics: ChannelStatistics
  readonly train: ImageSet
  readonly test: ImageSet
}
