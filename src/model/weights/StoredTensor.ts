import type { Shape } from "../Shape.js"

type Of<Dtype extends string, Data> = {
  readonly dtype: Dtype
  readonly shape: Shape
  readonly data: Data
}

/**
 * A tensor as a weight file stores it, in row-major order; F16 and BF16 are the bits of their numbers, BOOL is 0 or 1.
 *
 * @category models
 */
export type StoredTensor =
  | Of<"BOOL" | "U8", Uint8Array>
  | Of<"I8", Int8Array>
  | Of<"I16", Int16Array>
  | Of<"F16" | "BF16", Uint16Array>
  | Of<"I32", Int32Array>
  | Of<"F32", Float32Array>
  | Of<"F64", Float64Array>
  | Of<"I64", BigInt64Array>
/** @category models */
export type Dtype = StoredTensor["dtype"]

/**
 * Stored tensors by name.
 *
 * @category models
 */
export type StoredTensors = Readonly<Record<string, StoredTensor>>

/**
 * Bytes of a number, in the order in which the reference implementation of safetensors sorts the types.
 *
 * @category conversions
 */
export const bytesOf = { BOOL: 1, U8: 1, I8: 1, I16: 2, F16: 2, BF16: 2, I32: 4, F32: 4, F64: 8, I64: 8 } as const

/**
 * The tensor of these little-endian bytes, of which there must be as many as its type and shape take; a copy.
 *
 * @category conversions
 */
export const make = (dtype: Dtype, shape: Shape, bytes: Uint8Array): StoredTensor => {
  // A copy: typed arrays must be aligned, and the file's memory must not be kept alive for one tensor.
  const { buffer } = new Uint8Array(bytes)
  switch (dtype) {
    case "BOOL":
    case "U8":
      return { dtype, shape, data: new Uint8Array(buffer) }
    case "I8":
      return { dtype, shape, data: new Int8Array(buffer) }
    case "I16":
      return { dtype, shape, data: new Int16Array(buffer) }
    case "F16":
    case "BF16":
      return { dtype, shape, data: new Uint16Array(buffer) }
    case "I32":
      return { dtype, shape, data: new Int32Array(buffer) }
    case "F32":
      return { dtype, shape, data: new Float32Array(buffer) }
    case "F64":
      return { dtype, shape, data: new Float64Array(buffer) }
    case "I64":
      return { dtype, shape, data: new BigInt64Array(buffer) }
  }
}

/** The number that IEEE 754 binary16 writes as these bits. */
const half = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

// Loops: `Float32Array.from` with a function takes ten times as long, and there are millions of them.

const fromHalf = (data: Uint16Array): Float32Array => {
  const numbers = new Float32Array(data.length)
  for (let i = 0; i < data.length; i++) numbers[i] = half(data[i]!)
  return numbers
}

/** The upper 16 bits of a float32. */
const fromBrain = (data: Uint16Array): Float32Array => {
  const words = new Uint32Array(data.length)
  for (let i = 0; i < data.length; i++) words[i] = data[i]! << 16
  return new Float32Array(words.buffer)
}

/**
 * The numbers of a floating-point tensor as float32, F64 rounded to nearest; `undefined` for integers and booleans.
 *
 * @category conversions
 */
export const toFloat32 = ({ data, dtype }: StoredTensor): Float32Array | undefined => {
  switch (dtype) {
    case "F32":
      return data
    case "F64":
      return new Float32Array(data)
    case "F16":
      return fromHalf(data)
    case "BF16":
      return fromBrain(data)
    default:
      return undefined
  }
}
