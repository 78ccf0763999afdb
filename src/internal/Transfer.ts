import * as tf from "@tensorflow/tfjs-core"

interface HostTensor {
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array
}

/** Copies a tensor to host memory. */
export const download = (tensor: tf.Tensor): HostTensor => ({
  shape: tensor.shape,
  data: Float32Array.from(tensor.dataSync())
})

/** Copies a host tensor to the backend. **Ownership** the tensor belongs to the caller. */
export const upload = ({ data, shape }: HostTensor): tf.Tensor => tf.tensor(data, [...shape], "float32")

/** Copies host tensors by name to the backend. **Ownership** they belong to the caller. */
export const uploadAll = (tensors: Readonly<Record<string, HostTensor>>): Readonly<Record<string, tf.Tensor>> =>
  Object.fromEntries(Object.entries(tensors).map(([path, tensor]) => [path, upload(tensor)]))
