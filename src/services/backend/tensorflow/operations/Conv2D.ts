import * as tf from "@tensorflow/tfjs-core"
import type { Kernels, Window } from "../../../../model/Kernels.js"
import { pad, reference } from "../../../../model/ReferenceKernels.js"
import type { Addon, Attribute } from "../Addon.js"
import { type Convolution, kernel } from "./Convolution.js"
import { float32 } from "./Register.js"

/** TensorFlow's convolutions, which are oneDNN's on a processor. */
export const convolution = ({ execute }: Addon): Convolution => ({
  forward: (x, filter, window) => execute("Conv2D", attributes(filter.shape, window), [x, filter], 1)[0]!,
  gradInput: (filter, dy, window, x) =>
    withSizes(
      x,
      (sizes) => execute("Conv2DBackpropInput", attributes(filter.shape, window), [sizes, filter, dy], 1)[0]!
    ),
  gradFilter: (x, dy, window, filter) =>
    withSizes(filter, (sizes) => execute("Conv2DBackpropFilter", attributes(filter, window), [x, sizes, dy], 1)[0]!)
})

const withSizes = (shape: ReadonlyArray<number>, compute: (sizes: tf.Tensor) => tf.Tensor): tf.Tensor => {
  const sizes = tf.tensor1d([...shape], "int32")
  const result = compute(sizes)
  sizes.dispose()
  return result
}

export const make = (addon: Addon): Kernels["conv2d"] => {
  const convolve = kernel("EffectTensorFlowConv2D", convolution(addon))
  let groups: boolean | undefined
  return (images, filter, window) => {
    const { x, ...seen } = seenBy(filter, images, window)
    if (x.shape[3] === filter.shape[2]) return convolve(x, filter, seen)
    groups ??= differentiatesGroups(addon)
    return groups
      ? // oneDNN takes no explicit padding.
        convolve(pad(x, seen.padding), filter, { ...seen, padding: 0 })
      : reference.conv2d(x, filter, seen)
  }
}

/**
 * The images as the filter sees them: for a 1x1 window with a stride, the pixels that it falls on, to be convolved at stride 1.
 *
 * oneDNN's gradient by the filter of a strided 1x1 window writes past its workspace where the images have fewer channels than a block of the
 * processor's vectors (8 with AVX2, 16 with AVX-512): wrong numbers, or an abort. That is oneDNN issue 6035.
 */
const seenBy = (filter: tf.Tensor4D, images: tf.Tensor4D, { stride, padding }: Window) =>
  filter.shape[0] === 1 && filter.shape[1] === 1 && stride > 1
    ? // A mean over one pixel is that pixel, and is several times as fast as a strided slice.
      { x: tf.avgPool(pad(images, padding), 1, stride, "valid"), stride: 1, padding: 0 }
    : { x: images, stride, padding }

/** Whether this TensorFlow has the gradients of a convolution in groups: those for the processor need oneDNN. */
const differentiatesGroups = (addon: Addon): boolean =>
  tf.tidy(() => {
    const { gradFilter, gradInput } = convolution(addon)
    const x = tf.ones([1, 1, 1, 4])
    const window = { stride: 1, padding: 0 }
    try {
      gradFilter(x, x, window, [1, 1, 2, 4])
      gradInput(tf.ones([1, 1, 2, 4]), x, window, x.shape)
      return true
    } catch {
      return false
    }
  })

/** TensorFlow's "SAME" pads symmetrically only at stride 1; elsewhere the padding must be spelled out. */
const attributes = ([height, width]: ReadonlyArray<number>, { stride, padding }: Window): Array<Attribute> => {
  const same = stride === 1 && height === 2 * padding + 1 && width === 2 * padding + 1
  const common: Array<Attribute> = [
    float32,
    ["strides", "int", [1, stride, stride, 1]],
    ["padding", "string", padding === 0 ? "VALID" : same ? "SAME" : "EXPLICIT"],
    ["data_format", "string", "NHWC"],
    ["use_cudnn_on_gpu", "bool", true],
    ["dilations", "int", [1, 1, 1, 1]]
  ]
  return padding === 0 || same
    ? common
    : [...common, ["explicit_paddings", "int", [0, 0, padding, padding, padding, padding, 0, 0]]]
}
