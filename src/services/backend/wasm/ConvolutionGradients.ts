import * as tf from "@tensorflow/tfjs-core"

/**
 * Registers the gradients of a convolution on the wasm backend: it has none by the filter, a slow one by the input, and none at all of a
 * depthwise one.
 *
 * All but the last are convolutions themselves, over operands with their axes exchanged, so that the fast forward kernel does the work.
 */
export const register = (): void => {
  tf.unregisterKernel(tf.Conv2DBackpropInput, "wasm")
  tf.registerKernel({
    kernelName: tf.Conv2DBackpropInput,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => {
      const filter = inputs.filter as tf.Tensor4D
      const geometry = geometryOf(attrs?.inputShape, filter.shape, attrs)
      return tf.tidy(() => inputGradient(inputs.dy as tf.Tensor4D, filter, geometry))
    }
  })
  tf.registerKernel({
    kernelName: tf.Conv2DBackpropFilter,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => {
      const x = inputs.x as tf.Tensor4D
      const geometry = geometryOf(x.shape, attrs?.filterShape, attrs)
      return tf.tidy(() => filterGradient(x, inputs.dy as tf.Tensor4D, geometry))
    }
  })
  tf.registerKernel({
    kernelName: tf.DepthwiseConv2dNativeBackpropInput,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => {
      const filter = inputs.filter as tf.Tensor4D
      const geometry = geometryOf(attrs?.inputShape, filter.shape, attrs, true)
      return tf.tidy(() => depthwiseInputGradient(inputs.dy as tf.Tensor4D, filter, geometry))
    }
  })
  tf.registerKernel({
    kernelName: tf.DepthwiseConv2dNativeBackpropFilter,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => {
      const x = inputs.x as tf.Tensor4D
      const geometry = geometryOf(x.shape, attrs?.filterShape, attrs, true)
      return tf.tidy(() => depthwiseFilterGradient(x, inputs.dy as tf.Tensor4D, geometry))
    }
  })
}

type Geometry = tf.backend_util.Conv2DInfo

const geometryOf = (x: unknown, filter: unknown, attrs: tf.NamedAttrMap | undefined, depthwise = false): Geometry =>
  tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    attrs?.strides as [number, number] | number,
    1,
    attrs?.pad as number,
    attrs?.dimRoundingMode as "floor",
    depthwise
  )

/** The filter slides over the upstream gradient. */
const inputGradient = (dy: tf.Tensor4D, filter: tf.Tensor4D, geometry: Geometry): tf.Tensor4D =>
  tf.conv2d(spread(dy, geometry), tf.transpose(tf.reverse4d(filter, [0, 1]), [0, 1, 3, 2]), 1, "valid")

/** The upstream gradient with `stride - 1` zeros between its pixels, and with the borders that make the filter fit. */
const spread = (dy: tf.Tensor4D, geometry: Geometry): tf.Tensor4D => {
  const { strideHeight, strideWidth, filterHeight, filterWidth, padInfo, inHeight, inWidth } = geometry
  const [count, height, width, channels] = dy.shape
  const columns = tf.reshape<tf.Rank.R3>(tf.pad4d(dy, [none, none, none, [0, (strideWidth - 1) * channels]]), [
    count,
    height,
    width * strideWidth * channels
  ])
  const spaced = tf.reshape<tf.Rank.R4>(
    tf.pad3d(columns, [none, none, [0, (strideHeight - 1) * width * strideWidth * channels]]),
    [count, height * strideHeight, width * strideWidth, channels]
  )
  const top = filterHeight - 1 - padInfo.top
  const left = filterWidth - 1 - padInfo.left
  return padOrCut(
    spaced,
    [top, inHeight - height * strideHeight - top + filterHeight - 1],
    [left, inWidth - width * strideWidth - left + filterWidth - 1]
  )
}

/** The upstream gradient slides over the input: channels are the batch, and the batch is summed over. */
const filterGradient = (x: tf.Tensor4D, dy: tf.Tensor4D, geometry: Geometry): tf.Tensor4D => {
  const { strideHeight, strideWidth } = geometry
  const turned = bordered(tf.transpose(x, [3, 1, 2, 0]), geometry)
  const gradient = tf.conv2d(turned, tf.transpose(dy, [1, 2, 0, 3]), 1, "valid", "NHWC", [strideHeight, strideWidth])
  return tf.transpose(gradient, [1, 2, 0, 3])
}

/** The input with the borders that the windows see, and no more. */
const bordered = (x: tf.Tensor4D, geometry: Geometry): tf.Tensor4D => {
  const { strideHeight, strideWidth, filterHeight, filterWidth, padInfo, inHeight, inWidth } = geometry
  const { outHeight, outWidth } = geometry
  return padOrCut(
    x,
    [padInfo.top, filterHeight + (outHeight - 1) * strideHeight - inHeight - padInfo.top],
    [padInfo.left, filterWidth + (outWidth - 1) * strideWidth - inWidth - padInfo.left]
  )
}

/** Each output channel by itself gives to its input channel, which sums up what comes. */
const depthwiseInputGradient = (dy: tf.Tensor4D, filter: tf.Tensor4D, geometry: Geometry): tf.Tensor4D => {
  const [height, width, inputs, multiplier] = filter.shape
  const turned = tf.reshape<tf.Rank.R4>(tf.reverse4d(filter, [0, 1]), [height, width, inputs * multiplier, 1])
  const each = tf.depthwiseConv2d(spread(dy, geometry), turned, 1, "valid")
  return multiplier === 1 ? each : tf.reshape(tf.sum(tf.reshape(each, [-1, multiplier]), 1), geometry.inShape)
}

/** For each place in the filter, the pixels that it met, times the upstream gradient. */
const depthwiseFilterGradient = (x: tf.Tensor4D, dy: tf.Tensor4D, geometry: Geometry): tf.Tensor4D => {
  const { strideHeight, strideWidth, filterHeight, filterWidth, outHeight, outWidth } = geometry
  const [count, height, width, inputs] = x.shape
  const channels = dy.shape[3]
  const multiplier = channels / inputs
  const repeated = tf.reshape<tf.Rank.R4>(tf.tile(tf.reshape(x, [-1, 1]), [1, multiplier]), [
    count,
    height,
    width,
    channels
  ])
  const seen = bordered(multiplier === 1 ? x : repeated, geometry)
  const places = Array.from({ length: filterHeight * filterWidth }, (_, place) => {
    const [row, column] = [Math.floor(place / filterWidth), place % filterWidth]
    const met = tf.stridedSlice(
      seen,
      [0, row, column, 0],
      [count, row + (outHeight - 1) * strideHeight + 1, column + (outWidth - 1) * strideWidth + 1, channels],
      [1, strideHeight, strideWidth, 1]
    )
    return tf.sum(tf.reshape(tf.mul(met, dy), [-1, channels]), 0)
  })
  return tf.reshape(tf.stack(places), [filterHeight, filterWidth, inputs, multiplier])
}

const none: [number, number] = [0, 0]

/** Pads the height and width of `x` with zeros, or cuts where a number is negative. */
const padOrCut = (x: tf.Tensor4D, rows: [number, number], columns: [number, number]): tf.Tensor4D => {
  const [count, height, width, channels] = x.shape
  const cut = ([before, after]: [number, number], length: number): [number, number] => [
    Math.max(0, -before),
    length + Math.min(0, before) + Math.min(0, after)
  ]
  const [top, keptRows] = cut(rows, height)
  const [left, keptColumns] = cut(columns, width)
  const kept =
    keptRows === height && keptColumns === width
      ? x
      : tf.slice4d(x, [0, top, left, 0], [count, keptRows, keptColumns, channels])
  const positive = ([before, after]: [number, number]): [number, number] => [Math.max(0, before), Math.max(0, after)]
  return [...rows, ...columns].every((number) => number <= 0)
    ? kept
    : tf.pad4d(kept, [none, positive(rows), positive(columns), none])
}
