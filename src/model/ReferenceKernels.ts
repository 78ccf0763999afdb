import * as tf from "@tensorflow/tfjs-core"
import type { Epilogue, Kernels } from "./Kernels.js"
import { size } from "./Shape.js"

/**
 * The kernels in plain tfjs operations: right on every backend, and the reference for the faster ones.
 *
 * @category kernels
 */
export const reference: Kernels = {
  name: "reference",
  relu: tf.relu,
  gelu: (x) => tf.mul(x, normalBelow(x)),
  // 24 bits are what a float32 holds.
  uniform: (shape, { uint32 }) =>
    tf.tensor(
      Float32Array.from({ length: size(shape) }, () => (uint32() >>> 8) / 2 ** 24),
      [...shape]
    ),
  conv2d: (images, filter, { padding, stride }) => {
    const x = pad(images, padding)
    const [height, width, inputs, outputs] = filter.shape
    const groups = x.shape[3] / inputs
    if (groups === 1) return tf.conv2d(x, filter, stride, "valid")
    if (inputs === 1) {
      return tf.depthwiseConv2d(x, tf.reshape(filter, [height, width, groups, outputs / groups]), stride, "valid")
    }
    const filters = tf.split<tf.Tensor4D>(filter, groups, 3)
    const parts = tf
      .split<tf.Tensor4D>(x, groups, 3)
      .map((part, group) => tf.conv2d(part, filters[group]!, stride, "valid"))
    return tf.concat4d(parts, 3)
  },
  addBias: <T extends tf.Tensor>(x: T, bias: tf.Tensor1D, epilogue: Epilogue<T> = {}) =>
    finish(reference, tf.add<T>(x, bias), epilogue),
  maxPool: (x, { padding, size, stride }) => {
    const p: [number, number] = [padding, padding]
    // Native TensorFlow takes no explicit padding here.
    const padded = padding === 0 ? x : tf.pad4d(x, [[0, 0], p, p, [0, 0]], Number.NEGATIVE_INFINITY)
    return tf.maxPool(padded, size, stride, "valid")
  },
  batchNormTrain: (x, scale, offset, runningMean, runningVariance, { decay, epsilon, ...epilogue }) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2])
    const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)))
    const count = x.size / scale.size
    return {
      y: finish(reference, tf.add(tf.mul(normal, scale), offset), epilogue),
      mean: blend(runningMean, mean, decay, 1),
      variance: blend(runningVariance, variance, decay, count / (count - 1))
    }
  },
  batchNormEval: (x, scale, offset, runningMean, runningVariance, { epsilon, ...epilogue }) =>
    finish(reference, tf.batchNorm4d(x, runningMean, runningVariance, offset, scale, epsilon), epilogue)
}

/**
 * An epilogue as operations of its own, for kernels that have none.
 *
 * @category kernels
 */
export const finish = <T extends tf.Tensor>(
  { gelu, relu }: Pick<Kernels, "relu" | "gelu">,
  x: T,
  { activation, residual }: Epilogue<T>
): T => {
  // Not `tf.add`, whose gradient looks for broadcast dimensions and reshapes.
  const y = residual === undefined ? x : tf.addN<T>([x, residual])
  switch (activation) {
    case "relu":
      return relu(y)
    case "gelu":
      return gelu(y)
    case undefined:
      return y
  }
}

/**
 * The probability that a standard normal number is below `x`.
 *
 * @category kernels
 */
export const normalBelow = (x: tf.Tensor): tf.Tensor => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5)

/**
 * Zeros around the images, apart from the convolution, because not every backend has its gradients with padding of this kind.
 *
 * @category kernels
 */
export const pad = (x: tf.Tensor4D, padding: number): tf.Tensor4D =>
  padding === 0
    ? x
    : tf.pad4d(x, [
        [0, 0],
        [padding, padding],
        [padding, padding],
        [0, 0]
      ])

const blend = (running: tf.Tensor1D, batch: tf.Tensor, decay: number, correction: number): tf.Tensor1D =>
  tf.add(tf.mul(running, decay), tf.mul(batch, (1 - decay) * correction))
