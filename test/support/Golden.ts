import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import type { HostTensor, HostTensors } from "../../src/model/Tensors.js"
import * as Safetensors from "../../src/model/weights/Safetensors.js"
import type { StoredTensor, StoredTensors } from "../../src/model/weights/StoredTensor.js"

const here = fileURLToPath(new URL("../golden", import.meta.url))
const elsewhere = process.env.GOLDEN_DIR ?? here

/** Contents of one of the files with reference values: of `GOLDEN_DIR` where that has it. */
export const bytes = (file: string): Effect.Effect<Uint8Array> =>
  Effect.promise(() => readFile(`${existsSync(`${elsewhere}/${file}`) ? elsewhere : here}/${file}`))

/** The reference values of `name`, in PyTorch's layouts. */
export const load = (name: string) =>
  bytes(`${name}.safetensors`).pipe(
    Effect.flatMap((file) => Effect.fromResult(Safetensors.decode(file))),
    Effect.map(({ tensors }) => tensors)
  )

export type Golden = StoredTensors

/** The tensors under `prefix`, by their names without it. */
export const under = (golden: Golden, prefix: string): Golden =>
  Object.fromEntries(
    Object.entries(golden).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : []
    )
  )

/** A tensor as it is; the labels of whatever width as int32. */
export const tensor = ({ data, dtype, shape }: StoredTensor): tf.Tensor =>
  dtype === "F32"
    ? tf.tensor(data, [...shape], "float32")
    : tf.tensor(Int32Array.from<number | bigint>(data, Number), [...shape], "int32")

/** NCHW images as NHWC. */
export const images = (golden: StoredTensor): tf.Tensor4D => tf.transpose(tensor(golden), [0, 2, 3, 1]) as tf.Tensor4D

/** Host tensors on the backend. */
export const upload = (tensors: HostTensors): Record<string, tf.Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]))

/** Tensors in host memory. */
export const download = (tensors: Readonly<Record<string, tf.Tensor>>): HostTensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]): [string, HostTensor] => [
      name,
      { shape: tensor.shape, data: tensor.dataSync<"float32">() }
    ])
  )
