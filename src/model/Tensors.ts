import type * as tf from "@tensorflow/tfjs-core"

/**
 * Tensors by name; for a whole network, the names of PyTorch's `state_dict`: `layer1.0.conv1.weight`.
 *
 * @category models
 */
export type Tensors = Readonly<Record<string, tf.Tensor>>

/**
 * A float32 tensor in host memory, in row-major order.
 *
 * @category models
 */
export interface HostTensor {
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array
}

/**
 * Host tensors by the same names.
 *
 * @category models
 */
export type HostTensors = Readonly<Record<string, HostTensor>>

/**
 * What a network keeps: `params` are trained by their gradients, `state` (running statistics) is updated by the layers.
 *
 * @category models
 */
export interface Weights<T> {
  readonly params: Readonly<Record<string, T>>
  readonly state: Readonly<Record<string, T>>
}
