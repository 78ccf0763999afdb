/**
 * TensorFlow's addon for Node: the one place that reaches into the private parts of `@tensorflow/tfjs-node-gpu`.
 *
 * Synchronous and throwing, as the addon is; `Backend` turns what is thrown into a `BackendError`.
 */
import { createRequire } from "node:module"
import { join } from "node:path"
import type * as util from "node:util"
import * as tf from "@tensorflow/tfjs-core"
import * as Locations from "../../native/Locations.js"
import * as StartUpLines from "./StartUpLines.js"

/** An attribute of a TensorFlow operation, as its definition names and types it. */
export type Attribute = readonly [
  name: string,
  kind: "int" | "float" | "bool" | "string" | "float32" | "int32",
  value?: number | boolean | string | ReadonlyArray<number>
]

/** The loaded addon. */
export interface Addon {
  /** Version of the TensorFlow library, such as `2.21.0`. */
  readonly version: string
  readonly usesGpu: boolean
  /** The folder of the npm package; `null` when other code of this process had loaded it. */
  readonly directory: string | null
  /** Runs one TensorFlow operation now. */
  readonly execute: (
    operation: string,
    attributes: ReadonlyArray<Attribute>,
    inputs: ReadonlyArray<tf.TensorInfo | undefined>,
    outputs: number
  ) => Array<tf.Tensor>
  /** A tensor of bytes, for operations that take such; tfjs has no such type. */
  readonly uploadBytes: (values: Uint8Array, shape: ReadonlyArray<number>) => tf.Tensor
}

interface Binding {
  readonly TF_Version: string
  readonly TF_FLOAT: number
  readonly TF_INT32: number
  readonly TF_UINT8: number
  readonly TF_ATTR_STRING: number
  readonly TF_ATTR_INT: number
  readonly TF_ATTR_FLOAT: number
  readonly TF_ATTR_BOOL: number
  readonly TF_ATTR_TYPE: number
}

interface NodeBackend {
  readonly binding: Binding
  readonly isUsingGpuDevice: boolean
  readonly tensorMap: { readonly get: (dataId: tf.DataId) => { dtype: number } }
  readonly write: (values: Uint8Array, shape: ReadonlyArray<number>, dtype: "bool") => tf.DataId
  readonly executeMultipleOutputs: (
    operation: string,
    attributes: ReadonlyArray<{ name: string; type: number; value: unknown }>,
    inputs: ReadonlyArray<tf.TensorInfo | undefined>,
    outputs: number
  ) => Array<tf.Tensor>
}

let loaded: Addon | undefined

/** The addon that this process has already loaded; there can be only one. */
export const current = (): Addon | undefined => {
  if (loaded === undefined) {
    const backend: unknown = tf.findBackend("tensorflow")
    if (backend) loaded = wrap(backend as NodeBackend, null)
  }
  return loaded
}

/** Loads the npm package in `directory`; throws what the dynamic linker or the package says. */
export const load = (directory: string): Addon => {
  const require = createRequire(join(directory, "package.json"))
  StartUpLines.hide(directory, () => {
    // The binary first: a library that is missing shows here, before the package registers half of itself.
    require(Locations.binaryPath(directory))
    shimUtil()
    withoutWarnings(() => require(directory))
  })
  const addon = wrap(tf.findBackend("tensorflow") as unknown as NodeBackend, directory)
  loaded = addon
  return addon
}

const noise = [
  "Platform node has already been set",
  "looks like you are running TensorFlow.js in Node.js",
  "already registered",
  "was already registered",
  "already been set"
]

/** Runs `f` without tfjs's remarks about a second copy of itself, which shares the first one's engine. */
export const withoutWarnings = <A>(f: () => A): A => {
  const { warn } = console
  console.warn = (...args: ReadonlyArray<unknown>) => {
    if (!noise.some((text) => String(args[0]).includes(text))) warn(...args)
  }
  try {
    return f()
  } finally {
    console.warn = warn
  }
}

/** tfjs-node 4.22 calls two helpers that Node 22 warns about and Node 23 removed. */
const shimUtil = (): void => {
  // The CommonJS module object: the namespace of an ES module is frozen.
  const module = createRequire(import.meta.url)("node:util") as Record<string, unknown> & typeof util
  module.isNullOrUndefined = (value: unknown) => value === null || value === undefined
  module.isArray = Array.isArray
}

const wrap = (backend: NodeBackend, directory: string | null): Addon => {
  const { binding } = backend
  const types = {
    int: binding.TF_ATTR_INT,
    float: binding.TF_ATTR_FLOAT,
    bool: binding.TF_ATTR_BOOL,
    string: binding.TF_ATTR_STRING,
    float32: binding.TF_ATTR_TYPE,
    int32: binding.TF_ATTR_TYPE
  }
  return {
    version: binding.TF_Version,
    usesGpu: backend.isUsingGpuDevice,
    directory,
    execute: (operation, attributes, inputs, outputs) =>
      backend.executeMultipleOutputs(
        operation,
        attributes.map(([name, kind, value]) => ({
          name,
          type: types[kind],
          value: kind === "float32" ? binding.TF_FLOAT : kind === "int32" ? binding.TF_INT32 : value
        })),
        inputs,
        outputs
      ),
    uploadBytes: (values, shape) => {
      const dataId = backend.write(values, shape, "bool")
      // Before it is first used, which is when it is copied.
      backend.tensorMap.get(dataId).dtype = binding.TF_UINT8
      return tf.engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype: "bool" })
    }
  }
}
