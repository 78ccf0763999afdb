import { zipSync } from "fflate"

/** Bytes of a pickle, instruction by instruction. */
export type Code = ReadonlyArray<number>

const utf8 = (text: string): Code => [...new TextEncoder().encode(text)]

export const u32 = (value: number): Code => [...new Uint8Array(Uint32Array.of(value).buffer)]

export const text = (value: string): Code => [0x58, ...u32(utf8(value).length), ...utf8(value)]

/** An integer of up to 2^63 - 1. */
export const int = (value: number | bigint): Code => [
  0x8a,
  8,
  ...new Uint8Array(BigInt64Array.of(BigInt(value)).buffer)
]

export const tuple = (...items: ReadonlyArray<Code>): Code => [0x28, ...items.flat(), 0x74]

export const list = (...items: ReadonlyArray<Code>): Code => [0x5d, 0x28, ...items.flat(), 0x65]

export const dict = (...items: ReadonlyArray<readonly [key: Code, value: Code]>): Code => [
  0x7d,
  0x28,
  ...items.flat(2),
  0x75
]

export const global = (module: string, name: string): Code => [0x63, ...utf8(`${module}\n${name}\n`)]

export const call = (callee: Code, ...args: ReadonlyArray<Code>): Code => [...callee, ...tuple(...args), 0x52]

export const none: Code = [0x4e]

/** The storage `key` of `count` numbers. */
export const storage = (key: string, count: number | bigint, type = "FloatStorage"): Code => [
  ...tuple(text("storage"), global("torch", type), text(key), text("cpu"), int(count)),
  0x51
]

export const tensor = (
  storage: Code,
  offset: number | bigint,
  shape: ReadonlyArray<number | bigint>,
  strides: ReadonlyArray<number | bigint>
): Code =>
  call(
    global("torch._utils", "_rebuild_tensor_v2"),
    storage,
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    [0x89],
    call(global("collections", "OrderedDict"))
  )

export const pickle = (value: Code): Uint8Array => Uint8Array.from([[0x80, 2], value, [0x2e]].flat())

const concat = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** A zip file of this pickle and one storage "0" of 24 bytes; compressed from level 1. */
export const zip = (saved: Uint8Array, level: 0 | 9 = 0): Uint8Array =>
  zipSync(
    { "x/data.pkl": saved, "x/data/0": new Uint8Array(24), "x/byteorder": new TextEncoder().encode("little") },
    { level }
  )

const magic = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e)

/** A file as before PyTorch 1.6, of this pickle and one storage "0" of 6 floats, of which it says that they are `claimed`. */
export const legacy = (
  saved: Uint8Array,
  { claimed = 6n, littleEndian = true, numbers = new Float32Array(6) } = {}
): Uint8Array =>
  concat(
    magic,
    pickle(int(1001)),
    pickle(dict([text("little_endian"), [littleEndian ? 0x88 : 0x89]])),
    saved,
    pickle(list(text("0"))),
    new Uint8Array(BigUint64Array.of(claimed).buffer),
    new Uint8Array(numbers.buffer)
  )
