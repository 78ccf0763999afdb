import { Result } from "effect"
import { type Shape, show, size } from "../../Shape.js"
import * as StoredTensor from "../StoredTensor.js"
import * as Strided from "../Strided.js"
import { quote, type WeightsError } from "../WeightsError.js"
import { type Dict, is, type Tensor, type Value } from "./PickleValue.js"
import { fail, saveStateDict } from "./Unreadable.js"

/** What `torch.save` was given, and the bytes of the storages that it refers to. */
export interface Saved {
  readonly value: Value
  readonly storages: ReadonlyMap<string, Uint8Array>
}

/** Under which names training scripts keep the state dict in a checkpoint; the first that is there counts. */
const containers = ["state_dict", "model_state_dict", "model", "net"]

/** A checkpoint in a checkpoint in a checkpoint is enough. */
const maxDepth = 3

/** PyTorch's own limit. */
const maxRank = 64

/** How much larger than the file its tensors may become by views that overlap. */
const maxGrowth = 4

const find = (value: Value, depth = 0): Result.Result<Dict, WeightsError> => {
  if (!is(value, "Dict")) {
    return fail("it holds no dict of tensors", saveStateDict)
  }
  const inner = containers.map((name) => value.entries.get(name)).find((found) => is(found, "Dict"))
  return inner === undefined || depth === maxDepth ? Result.succeed(value) : find(inner, depth + 1)
}

const isContiguous = (shape: Shape, strides: Strided.Strides): boolean => {
  const expected = Strided.contiguous(shape)
  return shape.every((length, axis) => length === 1 || strides[axis] === expected[axis])
}

/** The numbers of a view one after the other; the view lies within `bytes`. */
const gather = (bytes: Uint8Array, { offset, shape, strides }: Tensor, count: number, width: number): Uint8Array => {
  const start = offset * width
  if (isContiguous(shape, strides)) {
    return bytes.subarray(start, start + count * width)
  }
  const gathered = new Uint8Array(count * width)
  Strided.rows(shape, strides, (to, from, length, step) => {
    for (let i = 0; i < length; i++) {
      for (let byte = 0; byte < width; byte++) {
        gathered[(to + i) * width + byte] = bytes[start + (from + i * step) * width + byte]!
      }
    }
  })
  return gathered
}

/** Makes tensors of views, as long as all of them together stay below `limit` bytes; equal views share their numbers. */
const makeTensors = (storages: Saved["storages"], limit: number) => {
  const made = new Map<string, StoredTensor.StoredTensor>()
  let total = 0
  return (name: string, view: Tensor): Result.Result<StoredTensor.StoredTensor, WeightsError> => {
    const { offset, shape, storage, strides } = view
    const { begin, dtype, key } = storage
    const width = StoredTensor.bytesOf[dtype]
    const bytes = storages.get(key)
    if (bytes === undefined || bytes.length !== storage.total * width) {
      return fail(
        `${quote(name)} needs ${storage.total} numbers of ${dtype} in the storage ${quote(key)}, which has ${bytes?.length ?? 0} bytes`
      )
    }
    if (shape.length > maxRank) {
      return fail(`${quote(name)} has ${shape.length} dimensions`)
    }
    const count = shape.includes(0) ? 0 : size(shape)
    const last = shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis]!, offset)
    if (count > 0 && last >= storage.count) {
      return fail(`${quote(name)} of ${show(shape)} reaches number ${last} of a storage of ${storage.count}`)
    }
    const id = `${key} ${dtype} ${begin + offset} ${shape.join()} ${strides.join()}`
    const before = made.get(id)
    if (before !== undefined) return Result.succeed(before)
    total += count * width
    if (total > limit) {
      return fail(`with ${quote(name)} of ${show(shape)} its tensors take more than ${maxGrowth} times the file`)
    }
    const own = bytes.subarray(begin * width, (begin + storage.count) * width)
    const tensor = StoredTensor.make(dtype, shape, count === 0 ? new Uint8Array() : gather(own, view, count, width))
    made.set(id, tensor)
    return Result.succeed(tensor)
  }
}

/**
 * The tensors of the state dict in a file of `fileBytes`: what was saved itself, or what lies in it under `state_dict`, `model_state_dict`,
 * `model` or `net`.
 *
 * **Errors** `WeightsError` where there is something else than tensors, or a tensor reaches beyond its storage.
 */
export const tensors = (
  { storages, value }: Saved,
  fileBytes: number
): Result.Result<StoredTensor.StoredTensors, WeightsError> =>
  Result.gen(function* () {
    const dict = yield* find(value)
    const make = makeTensors(storages, maxGrowth * fileBytes)
    const found: Array<readonly [string, StoredTensor.StoredTensor]> = []
    const others: Array<string> = []
    for (const [name, view] of dict.entries) {
      if (typeof name === "string" && is(view, "Tensor")) {
        found.push([name, yield* make(name, view)])
      } else {
        others.push(typeof name === "string" ? quote(name) : "a name that is not text")
      }
    }
    if (others.length > 0) {
      return yield* fail(
        `these of its ${dict.entries.size} entries are no tensors: ${others.slice(0, 10).join(", ")}; a state dict is looked for under ${containers.join(", ")}`,
        saveStateDict
      )
    }
    return Object.fromEntries(found)
  })
