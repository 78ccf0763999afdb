import { Result } from "effect"
import type { WeightsError } from "../WeightsError.js"
import { fail } from "./Unreadable.js"

type Read<A> = Result.Result<A, WeightsError>

/** Reads bytes one after the other; each reading moves it on, and fails where the file ends before. Numbers are little-endian. */
export interface Reader {
  readonly remaining: () => number
  /** The next bytes; they share the file's memory. */
  readonly bytes: (count: number) => Read<Uint8Array>
  readonly uint8: () => Read<number>
  readonly uint16: () => Read<number>
  readonly int32: () => Read<number>
  readonly uint32: () => Read<number>
  readonly uint64: () => Read<bigint>
  /** Big-endian, as pickles have it. */
  readonly float64: () => Read<number>
  /** UTF-8. */
  readonly text: (count: number) => Read<string>
  /** UTF-8 up to the next line feed, which is passed over. */
  readonly line: () => Read<string>
}

export const make = (file: Uint8Array): Reader => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  let at = 0
  const next = <A>(count: number, read: (from: number) => A): Read<A> => {
    if (count > file.length - at) {
      return fail(`it ends at byte ${file.length}, where ${count} more from byte ${at} were expected`)
    }
    const from = at
    at += count
    return Result.succeed(read(from))
  }
  const bytes = (count: number) => next(count, (from) => file.subarray(from, from + count))
  const text = (count: number) =>
    Result.flatMap(bytes(count), (encoded) => {
      try {
        return Result.succeed(decoder.decode(encoded))
      } catch {
        return fail(`the text before byte ${at} is not UTF-8`)
      }
    })
  return {
    remaining: () => file.length - at,
    bytes,
    uint8: () => next(1, (from) => view.getUint8(from)),
    uint16: () => next(2, (from) => view.getUint16(from, true)),
    int32: () => next(4, (from) => view.getInt32(from, true)),
    uint32: () => next(4, (from) => view.getUint32(from, true)),
    uint64: () => next(8, (from) => view.getBigUint64(from, true)),
    float64: () => next(8, (from) => view.getFloat64(from)),
    text,
    line: () => {
      const end = file.indexOf(0x0a, at)
      return end < 0
        ? fail(`the line from byte ${at} has no end`)
        : Result.tap(text(end - at), () => {
            at += 1
          })
    }
  }
}
