import { Result } from "effect"
import * as Safetensors from "./Safetensors.js"
import type { StoredTensors } from "./StoredTensor.js"
import * as Legacy from "./torch/Legacy.js"
import * as StateDict from "./torch/StateDict.js"
import * as Zip from "./torch/Zip.js"
import { unreadable, type WeightsError } from "./WeightsError.js"

/** The prefixes that `DataParallel` and `torch.compile` add to the names of the module that they wrap. */
const wrappers = ["_orig_mod.module.", "module._orig_mod.", "module.", "_orig_mod."]

const unwrap = (tensors: StoredTensors): StoredTensors => {
  const entries = Object.entries(tensors)
  const wrapper = wrappers.find((prefix) => entries.every(([name]) => name.startsWith(prefix))) ?? ""
  return Object.fromEntries(entries.map(([name, tensor]) => [name.slice(wrapper.length), tensor]))
}

/** Its JSON header begins after the eight bytes of its length. */
const isSafetensors = (file: Uint8Array): boolean => file[8] === 0x7b

const read = (file: Uint8Array): Result.Result<StoredTensors, WeightsError> => {
  if (Zip.isZip(file)) {
    return Result.flatMap(Zip.decode(file), (saved) => StateDict.tensors(saved, file.length))
  }
  if (Legacy.isLegacy(file)) {
    return Result.flatMap(Legacy.decode(file), (saved) => StateDict.tensors(saved, file.length))
  }
  if (isSafetensors(file)) {
    return Result.map(Safetensors.decode(file), ({ tensors }) => tensors)
  }
  return Result.fail(
    unreadable(
      "this is not a weight file: neither safetensors nor written by PyTorch's torch.save",
      "give a complete .safetensors, .pt, .pth or .th file"
    )
  )
}

/**
 * Reads a weight file: safetensors, PyTorch's zip format, or its format before 1.6, recognized by its bytes.
 *
 * Of a PyTorch checkpoint it returns the state dict: the saved object itself, or its entry `state_dict`, `model_state_dict`, `model` or `net`. Python is
 * not needed and no code in the file is run: anything but tensors in dicts is refused. A prefix `module.` or `_orig_mod.` of all names is removed.
 * `Weights.fromTorch` turns the result into a network's weights.
 *
 * **Errors** `WeightsError` for any other file, or one that is damaged. Memory is bounded by a multiple of the file's size.
 * **Ownership** the tensors are copies; tensors that are the same view of the same storage share theirs.
 *
 * @example
 * ```ts
 * import { Effect, Result } from "effect"
 * import { Init, MnistCnn, Safetensors, WeightFile, Weights } from "effect-tensorflow/model"
 *
 * const network = MnistCnn.make()
 *
 * const roundTrip = Effect.gen(function* () {
 *   const tensors = yield* Effect.fromResult(Weights.toTorch(network, Init.init(network, 1)))
 *   const file = Safetensors.encode({ tensors, metadata: {} })
 *   const read = yield* Effect.fromResult(WeightFile.decode(file))
 *   return yield* Effect.fromResult(Weights.fromTorch(network, read))
 * })
 * Effect.runSync(roundTrip).params["fc3.weight"]?.shape // => [84, 10]
 *
 * Result.isFailure(WeightFile.decode(new Uint8Array(10))) // => true
 * ```
 * @category decoding
 */
export const decode = (file: Uint8Array): Result.Result<StoredTensors, WeightsError> => Result.map(read(file), unwrap)
