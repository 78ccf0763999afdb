import { Result } from "effect"
import { unreadable, type WeightsError } from "../WeightsError.js"

/** A PyTorch file that is damaged, or holds what no state dict holds. */
export const fail = (reason: string, fix?: string): Result.Result<never, WeightsError> =>
  Result.fail(unreadable(`this PyTorch file cannot be read: ${reason}`, fix))

/** What to do about a file with more in it than tensors. */
export const saveStateDict = "in Python, save `model.state_dict()` alone with `torch.save`, or write it as safetensors"
