import * as tf from "@tensorflow/tfjs-core"
import type { Tensors } from "../../model/Tensors.js"
import { tensorAt } from "../Transform.js"

/**
 * The root of the sum of the squares of all numbers, as a scalar. Numbers are added in the order of their paths: a checkpoint has its tensors in an order of its own, and a
 * resumed run has the same bits.
 */
export const globalNorm = (tensors: Tensors): tf.Tensor => {
  const paths = Object.keys(tensors).sort()
  const all = tf.concat(paths.map((path) => tf.reshape(tensorAt(tensors, path), [-1])))
  return tf.sqrt(tf.sum(tf.mul(all, all)))
}

/** The norm of a tensor, as a scalar. */
export const norm = (tensor: tf.Tensor): tf.Tensor => tf.sqrt(tf.sum(tf.mul(tensor, tensor)))

/** A weight as the matrix [inputs, outputs]: outputs are the last dimension of all our layouts (HWIO, [in, out]). */
export const matrix = (tensor: tf.Tensor): tf.Tensor2D => tf.reshape(tensor, [-1, tensor.shape.at(-1) ?? 1])

/** The norm of each output's weights, in a shape that multiplies the tensor; of a vector, that of the whole. */
export const unitNorms = (tensor: tf.Tensor): tf.Tensor =>
  tensor.rank < 2
    ? norm(tensor)
    : tf.reshape(tf.sqrt(tf.sum(tf.square(matrix(tensor)), 0)), [
        ...tensor.shape.slice(1).map(() => 1),
        tensor.shape.at(-1) ?? 1
      ])
