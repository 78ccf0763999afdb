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
 * The weights in a file, safetensors or what PyTorch saves, for a network.
 *
 * **Errors** `FileError` for a file that cannot be read; `WeightsError` for one that is not whole, or not of this network.
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
