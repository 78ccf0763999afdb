import { Result, Schema } from "effect"
import { show, size } from "./Shape.js"
import { WeightsError } from "./WeightsError.js"

type Of<Dtype extends string, Data> = {
  readonly dtype: Dtype
  readonly shape: ReadonlyArray<number>
  readonly data: Data
}

/** One tensor of a file, in row-major order. */
export type Tensor = Of<"F32", Float32Array> | Of<"I32", Int32Array> | Of<"I64", BigInt64Array> | Of<"U8", Uint8Array>

/** What a file holds. */
export interface Contents {
  readonly tensors: Readonly<Record<string, Tensor>>
  readonly metadata: Readonly<Record<string, string>>
}

const bytesOf = { F32: 4, I32: 4, I64: 8, U8: 1 } as const

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
 * The order is that of the reference implementation: wide types first, which keeps every tensor aligned, then by name. The machine has to be
 * little-endian, as all that run Node today are.
 *
 * **Source** https://github.com/huggingface/safetensors, "Format".
 */
export const encode = (contents: Contents): Uint8Array => {
  const sorted = Object.entries(contents.tensors).sort(
    ([a, x], [b, y]) => bytesOf[y.dtype] - bytesOf[x.dtype] || byText(a, b)
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
  new WeightsError({
    reason: `this is not a safetensors file that can be read: ${reason}`,
    fix: "fetch or write the file anew",
    missing: [],
    unexpected: [],
    misshapen: []
  })

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
  readonly dtype: Tensor["dtype"]
  readonly shape: ReadonlyArray<number>
  readonly begin: number
  readonly end: number
}

const isKnown = (dtype: string): dtype is Tensor["dtype"] => Object.hasOwn(bytesOf, dtype)

const place = (name: string, value: unknown) =>
  Result.gen(function* () {
    const entry = yield* Result.mapError(decodeEntry(value), () => unreadable(`the entry of "${name}" is malformed`))
    const { dtype, shape } = entry
    const [begin, end] = entry.data_offsets
    if (!isKnown(dtype)) {
      return yield* fail(`"${name}" is of type ${dtype}; known are ${Object.keys(bytesOf).join(", ")}`)
    }
    if (end - begin !== size(shape) * bytesOf[dtype]) {
      return yield* fail(`"${name}" of ${show(shape)} ${dtype} cannot lie in bytes ${begin} to ${end}`)
    }
    return { name, dtype, shape, begin, end }
  })

const read = ({ begin, dtype, end, shape }: Place, body: Uint8Array): Tensor => {
  // A copy: typed arrays must be aligned, and the file's memory must not be kept alive for one tensor.
  const { buffer } = new Uint8Array(body.subarray(begin, end))
  switch (dtype) {
    case "F32":
      return { dtype, shape, data: new Float32Array(buffer) }
    case "I32":
      return { dtype, shape, data: new Int32Array(buffer) }
    case "I64":
      return { dtype, shape, data: new BigInt64Array(buffer) }
    case "U8":
      return { dtype, shape, data: new Uint8Array(buffer) }
  }
}

/**
 * Reads the bytes of a safetensors file; every tensor is a copy.
 *
 * **Errors** `WeightsError` unless the header is whole and the tensors fill the rest of the file without overlap or gap, each with the bytes that
 * its type and shape take. Types other than F32, I32, I64 and U8 are refused.
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
        return yield* fail(`"${name}" begins at byte ${begin}, where ${free} was expected`)
      }
      free = end
    }
    if (free !== body.length) {
      return yield* fail(`its tensors end at byte ${free}, the file at ${body.length}`)
    }
    const tensors = places.map((found) => [found.name, read(found, body)] as const)
    return { tensors: Object.fromEntries(tensors), metadata }
  })
