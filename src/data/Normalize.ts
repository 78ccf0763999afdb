import type { ChannelStatistics } from "./Statistics.js"

/**
 * Pixels as the input of a network: `(pixel / 255 - mean) / deviation` of their channel.
 *
 * **Shapes** `images` uint8 with the channels last -> float32 of the same length. A channel of deviation 0 is only centred.
 *
 * @category conversions
 * @example
 * ```ts
 * import { Normalize } from "effect-tensorflow/data"
 *
 * Normalize.normalize(new Uint8Array([0, 51, 255]), 1, { mean: [0.2], deviation: [0.4] }) // => new Float32Array([-0.5, 0, 2])
 * ```
 */
export const normalize = (images: Uint8Array, channels: number, statistics: ChannelStatistics): Float32Array => {
  const table = new Float32Array(channels * 256)
  for (let channel = 0; channel < channels; channel++) {
    const mean = statistics.mean[channel]!
    const deviation = statistics.deviation[channel]! || 1
    for (let pixel = 0; pixel < 256; pixel++) {
      table[channel * 256 + pixel] = (pixel / 255 - mean) / deviation
    }
  }
  const normalized = new Float32Array(images.length)
  for (let i = 0; i < images.length; ) {
    for (let row = 0; row < table.length; row += 256) {
      normalized[i] = table[row + images[i]!]!
      i++
    }
  }
  return normalized
}

/**
 * The same as `pixel * factor + shift` of its channel.
 *
 * @category conversions
 */
export const coefficients = ({
  deviation,
  mean
}: ChannelStatistics): { readonly factor: ReadonlyArray<number>; readonly shift: ReadonlyArray<number> } => ({
  factor: deviation.map((of) => 1 / (255 * (of || 1))),
  shift: deviation.map((of, channel) => -mean[channel]! / (of || 1))
})
