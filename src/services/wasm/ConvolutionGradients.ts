import * as tf from "@tensorflow/tfjs-core"

/**
 * Registers the gradients of a convolution on the wasm backend: it has none by the filter, and a slow one by the input.
 *
 * Both are convolutions themselves, over operands with their axes exchanged, so that the fast forward kernel does the work.
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
}

type Geometry = tf.backend_util.Conv2DInfo

const geometryOf = (x: unknown, filter: unknown, attrs: tf.NamedAttrMap | undefined): Geometry =>
  tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    attrs?.strides as [number, number] | number,
    1,
    attrs?.pad as number,
    attrs?.dimRoundingMode as "floor"
  )

/** The filter slides over the upstream gradient, which gets `stride - 1` zeros between its pixels first. */
const inputGradient = (dy: tf.Tensor4D, filter: tf.Tensor4D, geometry: Geometry): tf.Tensor4D => {
  const { strideHeight, strideWidth, filterHeight, filterWidth, padInfo, inHeight, inWidth } = geometry
  const [count, height, width, channels] = dy.shape
  const columns = tf.reshape<tf.Rank.R3>(tf.pad4d(dy, [none, none, none, [0, (strideWidth - 1) * channels]]), [
    count,
    height,
    width * strideWidth * channels
  ])
  const spread = tf.reshape<tf.Rank.R4>(
    tf.pad3d(columns, [none, none, [0, (strideHeight - 1) * width * strideWidth * channels]]),
    [count, height * strideHeight, width * strideWidth, channels]
  )
  const top = filterHeight - 1 - padInfo.top
  const left = filterWidth - 1 - padInfo.left
  const fitted = padOrCut(
    spread,
    [top, inHeight - height * strideHeight - top + filterHeight - 1],
    [left, inWidth - width * strideWidth - left + filterWidth - 1]
  )
  const turned = tf.transpose(tf.reverse4d(filter, [0, 1]), [0, 1, 3, 2])
  return tf.conv2d(fitted, turned, 1, "valid")
}

/** The upstream gradient slides over the input: channels are the batch, and the batch is summed over. */
const filterGradient = (x: tf.Tensor4D, dy: tf.Tensor4D, geometry: Geometry): tf.Tensor4D => {
  const { strideHeight, strideWidth, filterHeight, filterWidth, padInfo, inHeight, inWidth } = geometry
  const [, height, width] = dy.shape
  const fitted = padOrCut(
    tf.transpose(x, [3, 1, 2, 0]),
    [padInfo.top, filterHeight + (height - 1) * strideHeight - inHeight - padInfo.top],
    [padInfo.left, filterWidth + (width - 1) * strideWidth - inWidth - padInfo.left]
  )
  const gradient = tf.conv2d(fitted, tf.transpose(dy, [1, 2, 0, 3]), 1, "valid", "NHWC", [strideHeight, strideWidth])
  return tf.transpose(gradient, [1, 2, 0, 3])
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
