import { Effect, FileSystem } from "effect"
import type { Network } from "../../model/Network.js"
import * as WeightFile from "../../model/weights/WeightFile.js"
import * as Weights from "../../model/weights/Weights.js"
import { fileError } from "./Files.js"

/**
 * The bytes of a file of weights.
 *
 * @category reading
 */
export const readBytes = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* Effect.mapError(fs.readFile(path), fileError(`could not read the weights ${path}`))
})

/**
 * The weights for a network from a file: safetensors, or PyTorch's formats. `skip` leaves out tensors by name.
 *
 * **Errors** `FileError` if the file cannot be read; `WeightsError` if it is damaged, or not of this network.
 *
 * @category reading
 */
export const read = Effect.fn("WeightFiles.read")(function* (
  network: Network,
  path: string,
  options?: { readonly skip?: (name: string) => boolean }
) {
  const tensors = yield* Effect.fromResult(WeightFile.decode(yield* readBytes(path)))
  return yield* Effect.fromResult(Weights.fromTorch(network, tensors, options))
})
