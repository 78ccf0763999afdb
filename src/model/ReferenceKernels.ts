import * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "./Kernels.js"

/** The kernels in plain tfjs operations: right on every backend, and the measure of the faster ones. */
export const reference: Kernels = {
  name: "reference",
  relu: tf.relu,
  conv2d: (x, filter, { stride, padding }) => tf.conv2d(pad(x, padding), filter, stride, "valid"),
  batchNormTrain: (images, scale, offset, runningMean, runningVariance, { decay, epsilon }, bias) => {
    const x = bias === undefined ? images : tf.add(images, bias)
    const { mean, variance } = tf.moments(x, [0, 1, 2])
    const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)))
    const count = x.size / scale.size
    return {
      y: tf.add(tf.mul(normal, scale), offset),
      mean: blend(runningMean, mean, decay, 1),
      variance: blend(runningVariance, variance, decay, count / (count - 1))
    }
  },
  batchNormEval: (x, scale, offset, runningMean, runningVariance, { epsilon }) =>
    tf.batchNorm4d(x, runningMean, runningVariance, offset, scale, epsilon)
}

/** Apart from the convolution, because not every backend has its gradients with padding of this kind. */
const pad = (x: tf.Tensor4D, padding: number): tf.Tensor4D =>
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
