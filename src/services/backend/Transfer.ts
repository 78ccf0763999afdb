import { createHash } from "node:crypto"
import * as tf from "@tensorflow/tfjs-core"
import type { HostTensors, Tensors } from "../../model/Tensors.js"

/** Copies tensors to host memory. */
export const download = (tensors: Tensors): HostTensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([path, tensor]) => [
      path,
      { shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) }
    ])
  )

/** Copies host tensors to the backend. **Ownership** they belong to the caller. */
export const upload = (tensors: HostTensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([path, { data, shape }]) => [path, tf.tensor(data, [...shape], "float32")])
  )

/** SHA-256 over the names, in order, and the bytes of all tensors: equal digests mean equal weights, bit for bit. */
export const digest = (...groups: ReadonlyArray<HostTensors>): string => {
  const hash = createHash("sha256")
  for (const group of groups) {
    for (const path of Object.keys(group).sort()) {
      const { data } = group[path]!
      hash.update(`${path}\0`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    }
  }
  return hash.digest("hex")
}
