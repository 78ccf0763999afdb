import * as tf from "@tensorflow/tfjs-core"
import type { Kernels, Window } from "../../../model/Kernels.js"
import { normalBelow, pad, reference } from "../../../model/ReferenceKernels.js"
import type { Addon, Attribute } from "./Addon.js"

/**
 * The kernels on TensorFlow's own operations.
 *
 * Each is a tfjs kernel with a registered gradient, not a `tf.customGrad`: the tape asks a registered gradient only for inputs that
 * depend on what is differentiated, so that the gradient of the images, a third of the first convolution, is never computed.
 */
export const make = (addon: Addon): Kernels => {
  if (tf.getKernel(relu, "tensorflow") === undefined) {
    registerRelu(addon)
    registerGelu()
    registerConv2d(addon)
    registerBatchNorm(addon)
  }
  let groups: boolean | undefined
  return {
    name: "tensorflow",
    relu: <T extends tf.Tensor>(x: T) => tf.engine().runKernel<T>(relu, { x }),
    gelu: (x) => {
      const [y, below] = tf.engine().runKernel<[tf.Tensor, tf.Tensor]>(gelu, { x })
      below.dispose()
      return y
    },
    uniform: (shape, { uint32 }) => {
      const inputs = [tf.tensor1d([...shape], "int32"), tf.tensor1d([uint32() | 0, uint32() | 0], "int32")]
      const [numbers] = addon.execute(
        "StatelessRandomUniform",
        [
          ["dtype", "float32"],
          ["T", "int32"],
          ["Tseed", "int32"]
        ],
        inputs,
        1
      )
      tf.dispose(inputs)
      return numbers!
    },
    conv2d: (images, filter, window) => {
      const { x, stride, padding } = seenBy(filter, images, window)
      if (x.shape[3] === filter.shape[2]) {
        return tf.engine().runKernel(conv2d, { x, filter }, { stride, padding })
      }
      groups ??= differentiatesGroups(addon)
      return groups
        ? // oneDNN takes no explicit padding.
          tf.engine().runKernel(conv2d, { x: pad(x, padding), filter }, { stride, padding: 0 })
        : reference.conv2d(x, filter, { stride, padding })
    },
    batchNormTrain: (x, scale, offset, mean, variance, { decay, epsilon }) => {
      const [y, newMean, newVariance, ...reserved] = tf
        .engine()
        .runKernel<[tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, ...Array<tf.Tensor>]>(
          batchNorm,
          { x, scale, offset, mean, variance },
          { decay, epsilon }
        )
      // The tape holds its own handles on what the gradient needs.
      tf.dispose(reserved)
      return { y, mean: newMean, variance: newVariance }
    },
    batchNormEval: (x, scale, offset, mean, variance, { epsilon }) =>
      tf.batchNorm4d(x, mean, variance, offset, scale, epsilon)
  }
}

const relu = "EffectTensorFlowRelu"
const gelu = "EffectTensorFlowGelu"
const conv2d = "EffectTensorFlowConv2D"
const batchNorm = "EffectTensorFlowBatchNorm"

const float32: Attribute = ["T", "float32"]

const registerRelu = (addon: Addon): void => {
  tf.registerKernel({
    kernelName: relu,
    backendName: "tensorflow",
    kernelFunc: ({ inputs }) => addon.execute("Relu", [float32], [inputs.x], 1)[0]!
  })
  tf.registerGradient({
    kernelName: relu,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => addon.execute("ReluGrad", [float32], [single(dy), y], 1)[0]! })
  })
}

/** Half the memory and two thirds of the operations that the tape would make of it: `y' = P(X <= x) + x p(x)`. */
const registerGelu = (): void => {
  tf.registerKernel({
    kernelName: gelu,
    backendName: "tensorflow",
    kernelFunc: ({ inputs }) =>
      tf.tidy(() => {
        const x = inputs.x as tf.Tensor
        const below = normalBelow(x)
        return [tf.mul(x, below), below]
      })
  })
  tf.registerGradient({
    kernelName: gelu,
    inputsToSave: ["x"],
    outputsToSave: [false, true],
    gradFunc: (dys, [x, below]) => ({
      x: () => {
        const density = tf.mul(tf.exp(tf.mul(tf.square(x!), -0.5)), 1 / Math.sqrt(2 * Math.PI))
        return tf.mul(single(dys), tf.add(below!, tf.mul(x!, density)))
      }
    })
  })
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

const registerConv2d = (addon: Addon): void => {
  tf.registerKernel({
    kernelName: conv2d,
    backendName: "tensorflow",
    kernelFunc: ({ inputs: { x, filter }, attrs }) =>
      addon.execute("Conv2D", convolution(filter!.shape, windowOf(attrs)), [x, filter], 1)[0]!
  })
  tf.registerGradient({
    kernelName: conv2d,
    inputsToSave: ["x", "filter"],
    gradFunc: (dys, [x, filter], attrs) => {
      const dy = single(dys)
      const attributes = convolution(filter!.shape, windowOf(attrs))
      const withSizes = (
        name: string,
        shape: ReadonlyArray<number>,
        inputs: (sizes: tf.Tensor) => Array<tf.Tensor>
      ) => {
        const sizes = tf.tensor1d([...shape], "int32")
        const [gradient] = addon.execute(name, attributes, inputs(sizes), 1)
        sizes.dispose()
        return gradient!
      }
      return {
        x: () => withSizes("Conv2DBackpropInput", x!.shape, (sizes) => [sizes, filter!, dy]),
        filter: () => withSizes("Conv2DBackpropFilter", filter!.shape, (sizes) => [x!, sizes, dy])
      }
    }
  })
}

/** Whether this TensorFlow has the gradients of a convolution in groups: those for the processor need oneDNN. */
const differentiatesGroups = (addon: Addon): boolean =>
  tf.tidy(() => {
    const x = tf.ones([1, 1, 1, 4])
    const attributes = convolution([1, 1], { stride: 1, padding: 0 })
    try {
      addon.execute("Conv2DBackpropFilter", attributes, [x, tf.tensor1d([1, 1, 2, 4], "int32"), x], 1)
      addon.execute("Conv2DBackpropInput", attributes, [tf.tensor1d(x.shape, "int32"), tf.ones([1, 1, 2, 4]), x], 1)
      return true
    } catch {
      return false
    }
  })

const registerBatchNorm = (addon: Addon): void => {
  const attributes = (epsilon: unknown): Array<Attribute> => [
    float32,
    ["U", "float32"],
    ["epsilon", "float", Number(epsilon)],
    ["data_format", "string", "NHWC"],
    ["is_training", "bool", true]
  ]
  tf.registerKernel({
    kernelName: batchNorm,
    backendName: "tensorflow",
    kernelFunc: ({ inputs: { x, scale, offset, mean, variance }, attrs }) =>
      addon.execute(
        "FusedBatchNormV3",
        [...attributes(attrs?.epsilon), ["exponential_avg_factor", "float", 1 - Number(attrs?.decay)]],
        [x, scale, offset, mean, variance],
        6
      )
  })
  tf.registerGradient({
    kernelName: batchNorm,
    inputsToSave: ["x", "scale"],
    outputsToSave: [false, false, false, true, true, true],
    gradFunc: (dys, [x, scale, ...reserved], attrs) => {
      const outputs = addon.execute(
        "FusedBatchNormGradV3",
        attributes(attrs.epsilon),
        [single(dys), x, scale, ...reserved],
        5
      )
      tf.dispose(outputs.slice(3))
      const [dx, dScale, dOffset] = outputs
      return { x: () => dx!, scale: () => dScale!, offset: () => dOffset! }
    }
  })
}

const single = (dys: tf.Tensor | Array<tf.Tensor>): tf.Tensor => (Array.isArray(dys) ? dys[0]! : dys)

const windowOf = (attrs: tf.NamedAttrMap | undefined): Window => ({
  stride: Number(attrs?.stride),
  padding: Number(attrs?.padding)
})

/** TensorFlow's "SAME" pads symmetrically only at stride 1; elsewhere the padding must be spelled out. */
const convolution = ([height, width]: ReadonlyArray<number>, { stride, padding }: Window): Array<Attribute> => {
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
