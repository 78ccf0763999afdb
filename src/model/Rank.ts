import type * as tf from "@tensorflow/tfjs-core"

// The ranks are proven by Network.validate before any tensor exists; these only tell the compiler.

export const rank1 = (x: tf.Tensor): tf.Tensor1D => x as tf.Tensor1D

export const rank2 = (x: tf.Tensor): tf.Tensor2D => x as tf.Tensor2D

export const rank4 = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D
