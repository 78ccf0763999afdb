/** What the layers compute, in float64 and written for reading, not for speed: the measure of the fast kernels. */
import { generate, map, type Values } from "./Values.js"

const dimensions = ({ shape }: Values) => {
  const [n = 1, height = 1, width = 1, channels = 1] = shape
  return { n, height, width, channels }
}

/** The sum of a convergent series of positive terms, so that nothing cancels: right to the last digits everywhere. */
const erf = (x: number): number => {
  if (Math.abs(x) > 6) return Math.sign(x)
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

export const relu = (x: number): number => Math.max(x, 0)
export const gelu = (x: number): number => (x * (1 + erf(x * Math.SQRT1_2))) / 2
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
export const silu = (x: number): number => x * sigmoid(x)

/** Means and variances of the numbers that share a key. */
const moments = (x: Values, keys: number, keyOf: (index: number) => number) => {
  const mean = new Float64Array(keys)
  const variance = new Float64Array(keys)
  const count = x.data.length / keys
  x.data.forEach((value, index) => {
    mean[keyOf(index)]! += value / count
  })
  x.data.forEach((value, index) => {
    variance[keyOf(index)]! += (value - mean[keyOf(index)]!) ** 2 / count
  })
  return { mean, variance, count }
}

interface Affine {
  readonly weight: Float64Array
  readonly bias: Float64Array
  readonly epsilon: number
}

/** `weight * (x - mean) / sqrt(variance + epsilon) + bias`: statistics by key, weight and bias by channel. */
const normalize = (
  x: Values,
  { mean, variance }: { readonly mean: Float64Array; readonly variance: Float64Array },
  keyOf: (index: number) => number,
  { bias, epsilon, weight }: Affine
): Values =>
  map(x, (value, index) => {
    const [key, channel] = [keyOf(index), index % bias.length]
    return (weight[channel]! * (value - mean[key]!)) / Math.sqrt(variance[key]! + epsilon) + bias[channel]!
  })

/** Batch norm in training: the output, and the new running mean and variance. */
export const batchNormTrain = (
  x: Values,
  running: { readonly mean: Float64Array; readonly variance: Float64Array; readonly decay: number },
  affine: Affine
): readonly [y: Values, mean: Values, variance: Values] => {
  const channels = affine.bias.length
  const keyOf = (index: number) => index % channels
  const { count, mean, variance } = moments(x, channels, keyOf)
  const blend = (old: Float64Array, batch: Float64Array, correction: number) =>
    generate([channels], (c) => running.decay * old[c]! + (1 - running.decay) * correction * batch[c]!)
  return [
    normalize(x, { mean, variance }, keyOf, affine),
    blend(running.mean, mean, 1),
    blend(running.variance, variance, count / (count - 1))
  ]
}

export const batchNormEval = (
  x: Values,
  running: { readonly mean: Float64Array; readonly variance: Float64Array },
  affine: Affine
): Values => normalize(x, running, (index) => index % affine.bias.length, affine)

/** Statistics over all pixels of a sample's group of channels. */
export const groupNorm = (x: Values, groups: number, affine: Affine): Values => {
  const { channels, height, n, width } = dimensions(x)
  const keyOf = (index: number) =>
    Math.floor(index / (height * width * channels)) * groups + Math.floor((index % channels) / (channels / groups))
  return normalize(x, moments(x, n * groups, keyOf), keyOf, affine)
}

/** Statistics over the last dimension. */
export const layerNorm = (x: Values, affine: Affine): Values => {
  const channels = affine.bias.length
  const keyOf = (index: number) => Math.floor(index / channels)
  return normalize(x, moments(x, x.data.length / channels, keyOf), keyOf, affine)
}

/** `reduce` over the values of every window, channel by channel; what lies in the padding is left out. */
export const pool = (
  x: Values,
  {
    padding,
    size,
    stride
  }: { readonly size: readonly [number, number]; readonly stride: number; readonly padding: number },
  reduce: (values: ReadonlyArray<number>) => number
): Values => {
  const { channels, height, n, width } = dimensions(x)
  const [outHeight, outWidth] = [height, width].map(
    (length, axis) => Math.floor((length + 2 * padding - size[axis]!) / stride) + 1
  ) as [number, number]
  return generate([n, outHeight, outWidth, channels], (index) => {
    const channel = index % channels
    const column = Math.floor(index / channels) % outWidth
    const row = Math.floor(index / (channels * outWidth)) % outHeight
    const image = Math.floor(index / (channels * outWidth * outHeight))
    const values: Array<number> = []
    for (let i = 0; i < size[0]; i++) {
      for (let j = 0; j < size[1]; j++) {
        const [y, xAt] = [row * stride - padding + i, column * stride - padding + j]
        const within = y >= 0 && y < height && xAt >= 0 && xAt < width
        if (within) values.push(x.data[((image * height + y) * width + xAt) * channels + channel]!)
      }
    }
    return reduce(values)
  })
}

export const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, x) => sum + x, 0) / values.length
export const largest = (values: ReadonlyArray<number>): number => Math.max(...values)

/** `x [n, in]` times `weight [in, out]`, plus a bias. */
export const linear = (x: Values, weight: Values, bias?: Values): Values => {
  const [n = 0, inputs = 0] = x.shape
  const outputs = weight.shape[1] ?? 0
  return generate([n, outputs], (index) => {
    const [row, output] = [Math.floor(index / outputs), index % outputs]
    let sum = bias?.data[output] ?? 0
    for (let i = 0; i < inputs; i++) sum += x.data[row * inputs + i]! * weight.data[i * outputs + output]!
    return sum
  })
}

/** The logarithm of softmax, row by row. */
export const logSoftmax = (x: Values): Values => {
  const [rows = 0, classes = 1] = x.shape
  const logSums = Array.from({ length: rows }, (_, i) => {
    const row = x.data.subarray(i * classes, (i + 1) * classes)
    const most = Math.max(...row)
    return most + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - most), 0))
  })
  return map(x, (value, index) => value - logSums[Math.floor(index / classes)]!)
}

/** Channels first. */
export const flatten = (x: Values): Values => {
  const { channels, height, n, width } = dimensions(x)
  const pixels = height * width
  return generate([n, channels * pixels], (index) => {
    const [image, within] = [Math.floor(index / (channels * pixels)), index % (channels * pixels)]
    return x.data[(image * pixels + (within % pixels)) * channels + Math.floor(within / pixels)]!
  })
}

/** `before` channels of zeros, those of `x`, and zeros up to `outputs`. */
export const padChannels = (x: Values, before: number, outputs: number): Values => {
  const { channels, height, n, width } = dimensions(x)
  return generate([n, height, width, outputs], (index) => {
    const channel = (index % outputs) - before
    return channel < 0 || channel >= channels ? 0 : x.data[Math.floor(index / outputs) * channels + channel]!
  })
}
