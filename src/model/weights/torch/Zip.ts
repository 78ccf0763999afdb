import { Result } from "effect"
import { type UnzipFileInfo, unzipSync } from "fflate"
import { quote, unreadable, type WeightsError } from "../WeightsError.js"
import * as Pickle from "./Pickle.js"
import * as Reader from "./Reader.js"
import type { Saved } from "./StateDict.js"
import { fail } from "./Unreadable.js"

export const isZip = (file: Uint8Array): boolean => [0x50, 0x4b, 0x03, 0x04].every((byte, i) => file[i] === byte)

/** Of a directory of a zip file, for each of its entries. */
const entryBytes = 46

/**
 * Lets all entries through, as long as together they are no larger than the file and each lies there as it is: then neither compression nor
 * entries that overlap can make more of the file than its own size.
 */
const bounded = (file: Uint8Array) => {
  let entries = 0
  let total = 0
  return ({ compression, name, originalSize, size }: UnzipFileInfo): boolean => {
    entries += 1
    total += size
    if (compression !== 0 || size !== originalSize) {
      throw new Error(`its entry ${quote(name)} is compressed, and PyTorch compresses none`)
    }
    if (total > file.length || entries * entryBytes > file.length) {
      throw new Error("its entries claim more bytes than the file has")
    }
    return true
  }
}

const unzip = (file: Uint8Array): Result.Result<ReadonlyMap<string, Uint8Array>, WeightsError> =>
  Result.try({
    try: () => new Map(Object.entries(unzipSync(file, { filter: bounded(file) }))),
    catch: (cause) =>
      unreadable(`this zip file cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`)
  })

const pickleName = "data.pkl"

/**
 * Reads what `torch.save` has written since PyTorch 1.6: a zip file with the pickle, and a separate file for each storage.
 *
 * Names in it are only looked up, never made into paths.
 *
 * **Source** `_save` in torch/serialization.py.
 */
export const decode = (file: Uint8Array): Result.Result<Saved, WeightsError> =>
  Result.gen(function* () {
    const files = yield* unzip(file)
    const [pickle, second] = [...files.keys()].filter((name) => name.endsWith(`/${pickleName}`))
    if (pickle === undefined || second !== undefined) {
      return yield* fail(`a zip file of PyTorch has one ${pickleName}, and this one has ${second ? "several" : "none"}`)
    }
    const folder = pickle.slice(0, -pickleName.length)
    const order = files.get(`${folder}byteorder`)
    if (order !== undefined && (yield* Reader.make(order).text(order.length)) !== "little") {
      return yield* fail("it was not written by a little-endian machine", "write it again on another machine")
    }
    const value = yield* Pickle.decode(Reader.make(files.get(pickle)!))
    const data = `${folder}data/`
    const storages = [...files].flatMap(([name, bytes]) =>
      name.startsWith(data) ? [[name.slice(data.length), bytes] as const] : []
    )
    return { value, storages: new Map(storages) }
  })
