import { Result } from "effect"
import { bytesOf } from "../StoredTensor.js"
import { quote, type WeightsError } from "../WeightsError.js"
import * as Globals from "./Globals.js"
import * as Pickle from "./Pickle.js"
import { is, type Storage, type Value } from "./PickleValue.js"
import * as Reader from "./Reader.js"
import type { Saved } from "./StateDict.js"
import { fail } from "./Unreadable.js"

/** How such a file begins: a pickle (protocol 2) of the number that PyTorch calls its magic. */
const start = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]

export const isLegacy = (file: Uint8Array): boolean => start.every((byte, i) => file[i] === byte)

const version = 1001

const entry = (value: Value, key: string): Value | undefined => (is(value, "Dict") ? value.entries.get(key) : undefined)

/**
 * Reads what `torch.save` wrote before PyTorch 1.6: pickles of the magic number, the version, the machine, the object and the keys of its
 * storages, then of each storage the count of its numbers and the numbers.
 *
 * **Source** `_legacy_save` in torch/serialization.py.
 */
export const decode = (file: Uint8Array): Result.Result<Saved, WeightsError> =>
  Result.gen(function* () {
    const reader = Reader.make(file.subarray(start.length))
    if ((yield* Pickle.decode(reader)) !== version) {
      return yield* fail(`its version is not ${version}`)
    }
    if (entry(yield* Pickle.decode(reader), "little_endian") !== true) {
      return yield* fail("it was not written by a little-endian machine", "write it again on another machine")
    }
    const named = new Map<string, Storage>()
    const value = yield* Pickle.decode(reader, (id) =>
      Result.flatMap(Globals.persistent(id), (storage) => once(named, storage))
    )
    const keys = yield* Pickle.decode(reader)
    const storages = new Map<string, Uint8Array>()
    for (const key of is(keys, "List") ? keys.items : []) {
      const storage = typeof key === "string" ? named.get(key) : undefined
      if (storage === undefined) {
        return yield* fail("its list of storages names one that its pickle does not")
      }
      const count = yield* reader.uint64()
      if (count !== BigInt(storage.total)) {
        return yield* fail(
          `its storage ${quote(storage.key)} has ${count} numbers, and the pickle says ${storage.total}`
        )
      }
      storages.set(storage.key, yield* reader.bytes(storage.total * bytesOf[storage.dtype]))
    }
    if (reader.remaining() > 0) {
      return yield* fail(`${reader.remaining()} bytes follow its last storage`)
    }
    return { value, storages }
  })

/** The file says only once how many numbers a storage has, and not of what type. */
const once = (named: Map<string, Storage>, storage: Storage): Result.Result<Storage, WeightsError> => {
  const before = named.get(storage.key) ?? storage
  named.set(storage.key, before)
  return before.dtype === storage.dtype && before.total === storage.total
    ? Result.succeed(storage)
    : fail(`its pickle gives two types or sizes for the storage ${quote(storage.key)}`)
}
