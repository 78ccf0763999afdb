import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Safetensors from "../../src/model/weights/Safetensors.js"
import * as Golden from "../support/Golden.js"

const decode = (bytes: Uint8Array) => Effect.fromResult(Safetensors.decode(bytes))

const refused = (bytes: Uint8Array): Effect.Effect<string, Safetensors.Contents> =>
  Effect.map(Effect.flip(decode(bytes)), (error) => {
    assert.strictEqual(error._tag, "WeightsError")
    return error.message
  })

/** A file of this header and as many zeros. */
const file = (header: string, bytes: number, claimed: bigint = BigInt(header.length)): Uint8Array => {
  const whole = new Uint8Array(8 + header.length + bytes)
  new DataView(whole.buffer).setBigUint64(0, claimed, true)
  whole.set(new TextEncoder().encode(header), 8)
  return whole
}

const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = "F32") =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] })

const contents: Safetensors.Contents = {
  tensors: {
    b: { dtype: "F32", shape: [2, 2], data: Float32Array.of(1, -2, 3.5, Number.NaN) },
    a: { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 255) },
    "layer.0": { dtype: "I64", shape: [], data: BigInt64Array.of(-(2n ** 40n)) },
    c: { dtype: "I32", shape: [0, 5], data: Int32Array.of() }
  },
  metadata: { steps: "5", name: "naïve" }
}

describe("encode and decode", () => {
  it.effect("give back every type, shape, value and the metadata", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* decode(Safetensors.encode(contents)), contents)
      const empty = { tensors: {}, metadata: {} }
      assert.deepStrictEqual(yield* decode(Safetensors.encode(empty)), empty)
    })
  )

  it("write the same bytes whatever the order of names", () => {
    const reversed = {
      tensors: Object.fromEntries(Object.entries(contents.tensors).reverse()),
      metadata: Object.fromEntries(Object.entries(contents.metadata).reverse())
    }
    assert.deepStrictEqual(Safetensors.encode(reversed), Safetensors.encode(contents))
  })

  it.effect("write what the reference implementation writes", () =>
    Effect.gen(function* () {
      const bytes = yield* Golden.bytes("ops.safetensors")
      assert.deepStrictEqual(Safetensors.encode(yield* decode(bytes)), new Uint8Array(bytes))
    })
  )

  it.effect("read a file that lies unaligned in a larger buffer", () =>
    Effect.gen(function* () {
      const bytes = Safetensors.encode(contents)
      const larger = new Uint8Array(bytes.length + 3)
      larger.set(bytes, 3)
      assert.deepStrictEqual(yield* decode(larger.subarray(3)), contents)
    })
  )
})

describe("decode refuses", () => {
  it.effect.each([
    ["nothing", new Uint8Array(0), "has 0 bytes"],
    ["a header of 2^63 bytes", file("{}", 0, 2n ** 63n), "claims 9223372036854775808 bytes"],
    ["a header longer than the file", file("{}", 0, 3n), "claims 3 bytes, of 2"],
    ["a header that is not JSON", file("{", 0), "not a JSON object"],
    ["a header that is a list", file("[]", 0), "not a JSON object"],
    ["a header that is not UTF-8", file("{}", 0).fill(0xff, 8), "not UTF-8"],
    ["metadata of numbers", file('{"__metadata__":{"a":1}}', 0), "metadata"],
    ["an entry without offsets", file('{"a":{"dtype":"F32","shape":[1]}}', 4), 'entry of "a"'],
    ["a negative length", file(`{"a":${entry(0, 4, [-1])}}`, 4), 'entry of "a"'],
    ["half a number", file(`{"a":${entry(0, 4, [0.5])}}`, 4), 'entry of "a"'],
    ["an unknown type", file(`{"a":${entry(0, 4, [1], "F33")}}`, 4), "F33"],
    ["a type that all objects have", file(`{"a":${entry(0, 4, [1], "constructor")}}`, 4), "constructor"],
    ["a shape of other size", file(`{"a":${entry(0, 8, [3])}}`, 8), "cannot lie in bytes 0 to 8"],
    ["a shape beyond all numbers", file(`{"a":${entry(0, 4, Array(40).fill(2 ** 50))}}`, 4), "cannot lie"],
    ["an end before the begin", file(`{"a":${entry(8, 4, [1])}}`, 8), "cannot lie"],
    ["a tensor beyond the end", file(`{"a":${entry(0, 8)}}`, 4), "end at byte 8"],
    ["overlapping tensors", file(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, 12), '"b" begins at byte 4'],
    ["a gap", file(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12), '"b" begins at byte 8'],
    ["bytes of no tensor", file(`{"a":${entry(0, 4)}}`, 5), "the file at 5"]
  ] as const)("%s", ([, bytes, part]) =>
    Effect.gen(function* () {
      assert.include(yield* refused(bytes), part)
    })
  )

  it.effect("a file cut off anywhere", () =>
    Effect.gen(function* () {
      const whole = Safetensors.encode(contents)
      for (let length = 0; length < whole.length; length++) {
        yield* refused(whole.subarray(0, length))
      }
    })
  )
})
