import { Result } from "effect"
import * as Safetensors from "./Safetensors.js"
import type { StoredTensors } from "./StoredTensor.js"
import * as Legacy from "./torch/Legacy.js"
import * as StateDict from "./torch/StateDict.js"
import * as Zip from "./torch/Zip.js"
import { unreadable, type WeightsError } from "./WeightsError.js"

/** What `DataParallel` and `torch.compile` put before the names of the module that they wrap. */
const wrappers = ["_orig_mod.module.", "module._orig_mod.", "module.", "_orig_mod."]

const unwrap = (tensors: StoredTensors): StoredTensors => {
  const entries = Object.entries(tensors)
  const wrapper = wrappers.find((prefix) => entries.every(([name]) => name.startsWith(prefix))) ?? ""
  return Object.fromEntries(entries.map(([name, tensor]) => [name.slice(wrapper.length), tensor]))
}

/** Its JSON stands behind the eight bytes of its length. */
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
      "this is no weight file: neither safetensors nor what PyTorch's torch.save writes",
      "give a .safetensors, .pt, .pth or .th file that is whole"
    )
  )
}

/**
 * Reads the bytes of a weight file, and tells by them what it is: safetensors, PyTorch's zip format, or its format before 1.6.
 *
 * Of a PyTorch checkpoint it gives the state dict: what was saved itself, or what lies under `state_dict`, `model_state_dict`, `model` or
 * `net`. Python is not needed and no code in the file is run: what is more than tensors in dicts is refused. Where all names begin with
 * `module.` or `_orig_mod.`, they are given without it. `Weights.fromTorch` makes a network's weights of the result.
 *
 * **Errors** `WeightsError` for whatever is no such file or not whole. Memory is bounded by a multiple of the file's size.
 * **Ownership** the tensors are copies; those of one view of one storage share it.
 */
export const decode = (file: Uint8Array): Result.Result<StoredTensors, WeightsError> => Result.map(read(file), unwrap)
