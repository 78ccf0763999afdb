import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as Random from "../../src/internal/Random.js"
import type { StoredTensors } from "../../src/model/weights/StoredTensor.js"
import * as WeightFile from "../../src/model/weights/WeightFile.js"
import {
  type Code,
  call,
  dict,
  global,
  int,
  legacy,
  list,
  none,
  pickle,
  storage,
  tensor,
  text,
  tuple,
  u32,
  zip
} from "../support/Pickles.js"
import * as WeightFiles from "../support/WeightFiles.js"

const six = storage("0", 6)
const named = (value: Code): Code => dict([text("a"), value])
const good = pickle(named(tensor(six, 0, [2, 3], [3, 1])))

const refused = (file: Uint8Array) =>
  Effect.map(Effect.flip(WeightFiles.decode(file)), (error) => {
    assert.strictEqual(error._tag, "WeightsError")
    return error.message
  })

const repeat = (count: number, code: Code): Code => Array.from({ length: count }, () => code).flat()

/** Beside a tensor, so that legacy files are whole. */
const beside = (...items: ReadonlyArray<readonly [key: Code, value: Code]>): Code =>
  dict([text("t"), tensor(six, 0, [1], [1])], ...items)

/** 30 lists, each holding the one before twice: a billion leaves, if one were to follow them. */
const laughs = Array.from({ length: 30 }, (_, level) => {
  const below = level === 0 ? text("ha") : [0x68, level]
  return [text(`${level}`), [...list(below, below), 0x71, level + 1]] as const
})

describe("the same file in both formats", () => {
  it.effect.each([
    ["zip", zip(good)],
    ["legacy", legacy(good)]
  ] as const)("%s: it is read where nothing is wrong with it", ([, file]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* WeightFiles.decode(file), {
        a: { dtype: "F32", shape: [2, 3], data: new Float32Array(6) }
      })
    })
  )

  const cases: ReadonlyArray<readonly [what: string, value: Code, says: string]> = [
    ["a call of os.system", call(global("posix", "system"), text("touch pwned")), '"posix.system"'],
    ["a call of eval", named(call(global("builtins", "eval"), text("1"))), '"builtins.eval"'],
    ["a name with control characters", global("\u001b[2J", "x"), '"\\u001b[2J.x"'],
    ["a name that all objects have", global("constructor", "prototype"), '"constructor.prototype"'],
    ["a call of a type", call(global("torch", "FloatStorage"), int(5)), "calls torch.FloatStorage"],
    ["a call of a number", call(int(1)), "calls a value that is not a function"],
    ["a class by INST", [0x28, 0x69, ...global("posix", "system").slice(1)], '0x69 ("i")'],
    ["a class by NEWOBJ", [...global("torch", "Size"), ...tuple(), 0x81], "0x81"],
    ["a name by STACK_GLOBAL", [...text("posix"), ...text("system"), 0x93], "0x93"],
    ["a pickle in a pickle", named(call(global("torch.storage", "_load_from_bytes"), text(""))), "_load_from_bytes"],
    ["attributes of a tensor", named([...tensor(six, 0, [1], [1]), ...dict(), 0x62]), "sets attributes"],
    ["a whole module", [...tuple(text("module"), none), 0x51], "a whole module"],
    ["something else outside", [...tuple(text("file"), text("/etc/passwd")), 0x51], "other than a storage"],
    ["a storage of negative length", named(tensor(storage("0", -6), 0, [1], [1])), "other than a storage"],
    ["a storage of another length", named(tensor(storage("0", 7), 0, [1], [1])), "7"],
    ["a storage of 2^62 numbers", named(tensor(storage("0", 2n ** 62n), 0, [1], [1])), "other than a storage"],
    ["a tensor beyond its storage", named(tensor(six, 1, [2, 3], [3, 1])), "reaches number 6 of a storage of 6"],
    ["strides beyond its storage", named(tensor(six, 0, [2, 3], [4, 1])), "reaches number 6"],
    ["a negative offset", named(tensor(six, -1, [1], [1])), "other arguments"],
    ["a negative stride", named(tensor(six, 5, [6], [-1])), "other arguments"],
    ["fewer strides than lengths", named(tensor(six, 0, [2, 3], [3])), "other arguments"],
    ["10^18 numbers of one", named(tensor(six, 0, [10 ** 9, 10 ** 9], [0, 0])), "4 times the file"],
    ["more numbers than can be counted", named(tensor(six, 0, Array(60).fill(2 ** 50), Array(60).fill(0))), "4 times"],
    ["65 dimensions", named(tensor(six, 0, Array(65).fill(1), Array(65).fill(1))), "65 dimensions"],
    [
      "many views of one storage",
      dict(...Array.from({ length: 6 }, (_, i) => [text(`${i}`), tensor(six, i, [900], [0])] as const)),
      "4 times the file"
    ],
    ["a text of 2^32 - 1 bytes", [0x58, ...u32(2 ** 32 - 1)], "it ends at byte"],
    ["an empty stack", [0x85], "takes more from its stack"],
    ["a mark that is not there", [0x74], "a mark that is not there"],
    ["values below a mark", [...text("a"), 0x28, 0x85], "takes more from its stack"],
    ["a memo that is not there", [0x68, 7], "entry 7 of its memo, which is empty"],
    ["a memo of nothing", [0x71, 7], "stores the top of an empty stack"],
    ["items of a tuple", [...tuple(), 0x28, ...text("a"), ...text("b"), 0x75], "no dict"],
    ["half an item", [0x7d, 0x28, ...text("a"), 0x75], "no dict"],
    ["a list that is not one", [...tuple(), ...text("a"), 0x61], "no list"],
    ["text that is not UTF-8", [0x58, ...u32(1), 0xff], "not UTF-8"],
    [
      "lists in lists, 100,000 deep",
      beside([text("a"), [repeat(100_000, [0x5d]), repeat(99_999, [0x61])].flat()]),
      'no tensors: "a"'
    ],
    ["a billion laughs", beside(...laughs), 'no tensors: "0"'],
    ["a dict in itself", [...beside(), 0x71, 0, ...text("model"), 0x68, 0, 0x73], 'no tensors: "model"'],
    ["a list", list(tensor(six, 0, [1], [1])), "no dict of tensors"],
    [
      "a number among the tensors",
      dict([text("a"), tensor(six, 0, [1], [1])], [text("lr"), int(1)]),
      'no tensors: "lr"'
    ],
    ["tensors by number", dict([int(0), tensor(six, 0, [1], [1])]), "a name that is not text"]
  ]
  for (const [what, value, says] of cases) {
    it.effect(what, () =>
      Effect.gen(function* () {
        for (const file of [zip(pickle(value)), legacy(pickle(value))]) {
          assert.include(yield* refused(file), says)
        }
      })
    )
  }

  it.effect("a storage that is not there", () =>
    Effect.gen(function* () {
      const saved = pickle(named(tensor(storage("../../0", 6), 0, [1], [1])))
      assert.include(yield* refused(zip(saved)), 'the storage "../../0", which has 0 bytes')
      assert.include(yield* refused(legacy(saved)), "names one that its pickle does not")
    })
  )

  it.effect("names with ../ are names and no more", () =>
    Effect.gen(function* () {
      const saved = pickle(
        dict([text("../../escape"), tensor(six, 0, [1], [1])], [text("__proto__"), tensor(six, 0, [2], [1])])
      )
      for (const file of [zip(saved), legacy(saved)]) {
        assert.deepStrictEqual(Object.keys(yield* WeightFiles.decode(file)), ["../../escape", "__proto__"])
      }
    })
  )

  it.effect("a pickle of more instructions than any state dict has", () =>
    Effect.gen(function* () {
      const endless = new Uint8Array(3_000_000).fill(0x5d)
      for (const file of [zip(endless), legacy(endless)]) {
        assert.include(yield* refused(file), "more than 1000000 instructions")
      }
    })
  )

  it.effect("a pickle of protocol 4", () =>
    Effect.gen(function* () {
      const saved = Uint8Array.of(0x80, 4, 0x95)
      for (const file of [zip(saved), legacy(saved)]) assert.include(yield* refused(file), "protocol 4")
    })
  )
})

describe("zip files", () => {
  it.effect("a compressed one is refused, whatever it would become", () =>
    Effect.gen(function* () {
      assert.include(yield* refused(zip(pickle(text("0".repeat(100_000))), 9)), "is compressed")
    })
  )

  it.effect("entries that lie over each other do not multiply the file", () =>
    Effect.gen(function* () {
      const file = zip(pickle(text("0".repeat(100_000))))
      const view = new DataView(file.buffer)
      const end = file.length - 22
      const directory = view.getUint32(end + 16, true)
      const first = file.subarray(directory, directory + 46 + view.getUint16(directory + 28, true))
      const many = 5000
      const bomb = new Uint8Array(directory + many * first.length + 22)
      bomb.set(file.subarray(0, directory))
      for (let i = 0; i < many; i++) bomb.set(first, directory + i * first.length)
      bomb.set(file.subarray(end), bomb.length - 22)
      new DataView(bomb.buffer).setUint16(bomb.length - 22 + 8, many, true)
      assert.include(yield* refused(bomb), "claim more bytes than the file has")
    })
  )

  it.effect("one of something else", () =>
    Effect.gen(function* () {
      assert.include(yield* refused(Uint8Array.of(0x50, 0x4b, 3, 4)), "zip file cannot be read")
      const { zipSync } = yield* Effect.promise(() => import("fflate"))
      assert.include(yield* refused(zipSync({ "word/document.xml": new Uint8Array(9) }, { level: 0 })), "has none")
      const two = { "a/data.pkl": good, "b/data.pkl": good }
      assert.include(yield* refused(zipSync(two, { level: 0 })), "has several")
      const big = { "a/data.pkl": good, "a/byteorder": new TextEncoder().encode("big") }
      assert.include(yield* refused(zipSync(big, { level: 0 })), "little-endian")
    })
  )
})

describe("legacy files", () => {
  it.effect("of a big-endian machine, with a storage of 2^63 numbers, with more behind", () =>
    Effect.gen(function* () {
      assert.include(yield* refused(legacy(good, { littleEndian: false })), "little-endian")
      assert.include(yield* refused(legacy(good, { claimed: 2n ** 63n })), "9223372036854775808 numbers")
      assert.include(yield* refused(Uint8Array.of(...legacy(good), 0)), "1 bytes follow")
    })
  )
})

it.effect("a file that is not a weight file", () =>
  Effect.gen(function* () {
    for (const file of [new Uint8Array(), new Uint8Array(100), new TextEncoder().encode("<!DOCTYPE html><html>")]) {
      assert.include(yield* refused(file), "not a weight file")
    }
  })
)

it.effect("safetensors with a header of a million brackets", () =>
  Effect.gen(function* () {
    for (const header of [`{"a":${"[".repeat(1_000_000)}`, `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`]) {
      const file = new Uint8Array(8 + header.length)
      new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true)
      file.set(new TextEncoder().encode(header), 8)
      assert.include(yield* refused(file), "safetensors")
    }
  })
)

describe("cut off anywhere, a file is refused", () => {
  it.effect.each(["plain.pt", "views.pt", "plain.legacy.pt", "views.legacy.pt"])("%s", (name) =>
    Effect.gen(function* () {
      const file = yield* WeightFiles.bytes(`fixtures/${name}`)
      for (let length = 0; length < file.length; length++) {
        yield* refused(file.subarray(0, length))
      }
    })
  )
})

/** A copy with one thing wrong. */
const mutate = (file: Uint8Array, { below, uint32 }: Random.Generator): Uint8Array => {
  const copy = file.slice()
  const at = below(file.length)
  const length = 1 + below(Math.min(64, file.length - at))
  switch (below(6)) {
    case 0:
      copy[at]! ^= 1 << below(8)
      return copy
    case 1:
      return copy.fill(below(2) * 255, at, at + length)
    case 2:
      for (let i = at; i < at + length; i++) copy[i] = uint32()
      return copy
    case 3:
      return copy.copyWithin(at, below(file.length), file.length).slice()
    case 4:
      return Uint8Array.from([...file.subarray(0, at), ...file.subarray(at + length)])
    default:
      return Uint8Array.from([...file.subarray(0, at + length), ...file.subarray(at)])
  }
}

/** Whole tensors, and not more of them than such a file can hold. */
const isSound = (tensors: StoredTensors, file: Uint8Array): boolean => {
  const all = Object.values(tensors)
  return (
    all.every(({ data, shape }) => data.length === shape.reduce((product, length) => product * length, 1)) &&
    all.reduce((sum, { data }) => sum + data.byteLength, 0) <= 4 * file.length
  )
}

describe("200 mutations: an error or sound tensors, never anything else", () => {
  it.effect.each([
    "plain.safetensors",
    "kinds.safetensors",
    "checkpoint.pt",
    "views.pt",
    "parameters.pt",
    "checkpoint.legacy.pt",
    "views.legacy.pt",
    "compiled.legacy.pt"
  ])("%s", (name) =>
    Effect.gen(function* () {
      const file = yield* WeightFiles.bytes(`fixtures/${name}`)
      const outcomes = { refused: 0, read: 0 }
      for (let i = 0; i < 200; i++) {
        const mutated = mutate(file, Random.make(1, "mutation", name, i))
        const result = WeightFile.decode(mutated)
        if (Result.isSuccess(result)) {
          assert.isTrue(isSound(result.success, mutated), `mutation ${i}`)
          outcomes.read++
        } else {
          assert.strictEqual(result.failure._tag, "WeightsError")
          outcomes.refused++
        }
      }
      assert.isAbove(Math.min(outcomes.read, outcomes.refused), 0, JSON.stringify(outcomes))
    })
  )
})
