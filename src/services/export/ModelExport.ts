import { dirname } from "node:path"
import { Effect, FileSystem, Result, Schema } from "effect"
import type { Metadata } from "../../model/export/Export.js"
import type { ExportError } from "../../model/export/ExportError.js"
import * as LayersModel from "../../model/export/LayersModel.js"
import * as OnnxModel from "../../model/export/OnnxModel.js"
import type { Network } from "../../model/Network.js"
import type { ShapeError } from "../../model/ShapeError.js"
import type { HostTensor, Weights } from "../../model/Tensors.js"
import * as Safetensors from "../../model/weights/Safetensors.js"
import * as TorchWeights from "../../model/weights/Weights.js"
import type { WeightsError } from "../../model/weights/WeightsError.js"
import { FileError, fileError, makeDirectories, writeAtomic, writeDirectoryAtomic } from "../files/Files.js"

/**
 * The formats of an exported network: a directory for TensorFlow.js (`layers`), weights for PyTorch (`safetensors`), or a model for
 * other runtimes (`onnx`).
 *
 * @category models
 */
export const Format = Schema.Literals(["layers", "safetensors", "onnx"])
export type Format = typeof Format.Type

/**
 * What is written, and where; `metadata` goes into `layers` and `onnx`.
 *
 * @category models
 */
export interface Options {
  readonly format: Format
  readonly path: string
  readonly network: Network
  readonly weights: Weights<HostTensor>
  readonly metadata?: Metadata
}

/**
 * The files that were written: names below `path`, none if it is a single file.
 *
 * @category models
 */
export interface Written {
  readonly files: ReadonlyArray<string>
  readonly bytes: number
}

/**
 * Writes a trained network to `path`, whole or not at all.
 *
 * **Errors** `FileError` if `path` exists already; `WeightsError` if the weights are not the network's; `ShapeError` or `ExportError`
 * if the network cannot be written in the format.
 *
 * @category exporting
 */
export const write = Effect.fn("ModelExport.write")(function* (options: Options) {
  const { path } = options
  const fs = yield* FileSystem.FileSystem
  const taken = yield* Effect.mapError(fs.exists(path), fileError(`could not write ${path}`))
  if (taken) {
    return yield* new FileError({
      reason: `${path} exists already`,
      fix: "name a path that is free, or remove it first"
    })
  }
  const content = yield* Effect.fromResult(contentOf(options))
  yield* Effect.mapError(makeDirectories(dirname(path)), fileError(`could not write ${path}`))
  if (content instanceof Uint8Array) {
    yield* writeAtomic(path, content)
    return { files: [], bytes: content.length } satisfies Written
  }
  yield* writeDirectoryAtomic(path, content)
  const bytes = content.reduce((sum, [, part]) => sum + Buffer.byteLength(part), 0)
  return { files: content.map(([name]) => name), bytes } satisfies Written
})

/** The bytes of the file, or the files of the directory. */
const contentOf = ({
  format,
  metadata,
  network,
  weights
}: Options): Result.Result<Uint8Array | LayersModel.Files, ShapeError | ExportError | WeightsError> => {
  switch (format) {
    case "layers":
      return LayersModel.make(network, weights, metadata)
    case "onnx":
      return OnnxModel.make(network, weights, metadata)
    case "safetensors": {
      return Result.map(TorchWeights.toTorch(network, weights), (tensors) =>
        Safetensors.encode({ tensors, metadata: { format: "pt", network: network.name } })
      )
    }
  }
}
