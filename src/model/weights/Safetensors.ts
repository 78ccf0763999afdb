import { Result, Schema } from "effect"
import { show, size } from "../Shape.js"
import * as StoredTensor from "./StoredTensor.js"
import { unreadable as cannotRead, quote, type WeightsError } from "./WeightsError.js"

/**
 * What a file holds.
 *
 * @category models
 */
export interface Contents {
  readonly tensors: StoredTensor.StoredTensors
  readonly metadata: Readonly<Record<string, string>>
}

const { bytesOf } = StoredTensor
const dtypes = Object.keys(bytesOf)

/** Of the reference implementation. */
const maxHeaderBytes = 100_000_000

const metadataKey = "__metadata__"

const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Entry = Schema.Struct({
  dtype: Schema.String,
  shape: Schema.Array(Natural),
  data_offsets: Schema.Tuple([Natural, Natural])
})
const decodeEntry = Schema.decodeUnknownResult(Entry)
const decodeMetadata = Schema.decodeUnknownResult(Schema.Record(Schema.String, Schema.String))
const decodeHeader = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Writes tensors as the bytes of a safetensors file; equal contents give equal bytes.
 *
 * The order is that of the reference implementation: by type, wide ones first, which keeps every tensor aligned, then by name. The machine has to be
 * little-endian, as all that run Node today are.
 *
 * **Source** https://github.com/huggingface/safetensors, "Format".
 *
 * @category encoding
 */
export const encode = (contents: Contents): Uint8Array => {
  const sorted = Object.entries(contents.tensors).sort(
    ([a, x], [b, y]) => dtypes.indexOf(y.dtype) - dtypes.indexOf(x.dtype) || byText(a, b)
  )
  const metadata = Object.entries(contents.metadata).sort(([a], [b]) => byText(a, b))
  const entries: Array<readonly [string, unknown]> =
    metadata.length === 0 ? [] : [[metadataKey, Object.fromEntries(metadata)]]
  let end = 0
  for (const [name, { data, dtype, shape }] of sorted) {
    entries.push([name, { dtype, shape, data_offsets: [end, end + data.byteLength] }])
    end += data.byteLength
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)))
  const headerBytes = Math.ceil(json.length / 8) * 8
  const file = new Uint8Array(8 + headerBytes + end).fill(0x20, 8, 8 + headerBytes)
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true)
  file.set(json, 8)
  let at = 8 + headerBytes
  for (const [, { data }] of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return file
}

const unreadable = (reason: string): WeightsError =>
  cannotRead(`this is not a safetensors file that can be read: ${reason}`)

const fail = (reason: string) => Result.fail(unreadable(reason))

/** Reads the header, and gives it with the bytes behind it. */
const split = (bytes: Uint8Array) =>
  Result.gen(function* () {
    if (bytes.length < 8) {
      return yield* fail(`it has ${bytes.length} bytes, and the length of its header alone takes 8`)
    }
    const headerBytes = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
    if (headerBytes > maxHeaderBytes || headerBytes > bytes.length - 8) {
      return yield* fail(`its header claims ${headerBytes} bytes, of ${bytes.length - 8} that follow`)
    }
    const start = 8 + Number(headerBytes)
    const text = yield* Result.try({
      try: () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, start)),
      catch: () => unreadable("its header is not UTF-8")
    })
    const header = yield* Result.mapError(decodeHeader(text), () => unreadable("its header is not a JSON object"))
    return { header: Object.entries(header), body: bytes.subarray(start) }
  })

/** Where a tensor lies in the body. */
interface Place {
  readonly name: string
  readonly dtype: StoredTensor.Dtype
  readonly shape: ReadonlyArray<number>
  readonly begin: number
  readonly end: number
}

const isKnown = (dtype: string): dtype is StoredTensor.Dtype => Object.hasOwn(bytesOf, dtype)

const place = (name: string, value: unknown) =>
  Result.gen(function* () {
    const entry = yield* Result.mapError(decodeEntry(value), () =>
      unreadable(`the entry of ${quote(name)} is malformed`)
    )
    const { dtype, shape } = entry
    const [begin, end] = entry.data_offsets
    if (!isKnown(dtype)) {
      return yield* fail(`${quote(name)} is of type ${quote(dtype)}; known are ${dtypes.join(", ")}`)
    }
    if (end - begin !== size(shape) * bytesOf[dtype]) {
      return yield* fail(`${quote(name)} of ${show(shape)} ${dtype} cannot lie in bytes ${begin} to ${end}`)
    }
    return { name, dtype, shape, begin, end }
  })

/**
 * Reads the bytes of a safetensors file; every tensor is a copy.
 *
 * **Errors** `WeightsError` unless the header is whole and the tensors fill the rest of the file without overlap or gap, each with the bytes that
 * its type and shape take. Of the types of `StoredTensor`; float8, complex and unsigned ones of more than a byte are refused.
 *
 * @category decoding
 */
export const decode = (bytes: Uint8Array): Result.Result<Contents, WeightsError> =>
  Result.gen(function* () {
    const { body, header } = yield* split(bytes)
    let metadata: Contents["metadata"] = {}
    const places: Array<Place> = []
    for (const [name, value] of header) {
      if (name === metadataKey) {
        metadata = yield* Result.mapError(decodeMetadata(value), () => unreadable("its metadata is not of strings"))
      } else {
        places.push(yield* place(name, value))
      }
    }
    places.sort((a, b) => a.begin - b.begin || a.end - b.end)
    let free = 0
    for (const { begin, end, name } of places) {
      if (begin !== free) {
        return yield* fail(`${quote(name)} begins at byte ${begin}, where ${free} was expected`)
      }
      free = end
    }
    if (free !== body.length) {
      return yield* fail(`its tensors end at byte ${free}, the file at ${body.length}`)
    }
    const tensors = places.map(
      ({ begin, dtype, end, name, shape }) =>
        [name, StoredTensor.make(dtype, shape, body.subarray(begin, end))] as const
    )
    return { tensors: Object.fromEntries(tensors), metadata }
  })
