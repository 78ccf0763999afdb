import { Result } from "effect"
import { quote, type WeightsError } from "../WeightsError.js"
import * as Globals from "./Globals.js"
import { is, type Value } from "./PickleValue.js"
import type { Reader } from "./Reader.js"
import * as Stack from "./Stack.js"
import { fail, saveStateDict } from "./Unreadable.js"

/** Bounds the memory that a pickle can ask for; a state dict takes about 30 for each tensor. */
const maxInstructions = 1_000_000

const op = {
  mark: 0x28,
  stop: 0x2e,
  binFloat: 0x47,
  binInt: 0x4a,
  binInt1: 0x4b,
  binInt2: 0x4d,
  none: 0x4e,
  binPersistentId: 0x51,
  reduce: 0x52,
  binString: 0x54,
  shortBinString: 0x55,
  binUnicode: 0x58,
  emptyList: 0x5d,
  append: 0x61,
  build: 0x62,
  global: 0x63,
  appends: 0x65,
  binGet: 0x68,
  longBinGet: 0x6a,
  binPut: 0x71,
  longBinPut: 0x72,
  setItem: 0x73,
  tuple: 0x74,
  setItems: 0x75,
  emptyDict: 0x7d,
  emptyTuple: 0x29,
  proto: 0x80,
  tuple1: 0x85,
  tuple2: 0x86,
  tuple3: 0x87,
  newTrue: 0x88,
  newFalse: 0x89,
  long1: 0x8a
} as const

/** A signed little-endian integer of any length. */
const long = (bytes: Uint8Array): number | bigint => {
  const unsigned = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  const signed = BigInt.asIntN(8 * bytes.length, unsigned)
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed
}

/**
 * Reads one pickle, and leaves the reader after it; `persistent` resolves references to objects outside of the pickle.
 *
 * It knows the instructions of protocol 2 that PyTorch writes for state dicts, and runs none of the file's code: calls are those of
 * `Globals`. It does not recurse, and what it makes takes memory in proportion to the instructions, of which there is a limit.
 *
 * **Errors** `WeightsError` for every other instruction or name.
 * **Source** pickletools.py of CPython; the list of instructions is that of PyTorch's own `torch/_weights_only_unpickler.py`.
 */
export const decode = (
  reader: Reader,
  persistent: (id: Value) => Result.Result<Value, WeightsError> = Globals.persistent
): Result.Result<Value, WeightsError> =>
  Result.gen(function* () {
    const stack = Stack.make()
    const memo = new Map<number, Value>()
    const get = (index: number): Result.Result<Value, WeightsError> => {
      const value = memo.get(index)
      return value === undefined
        ? fail(`its pickle reads entry ${index} of its memo, which is empty`)
        : Result.succeed(value)
    }
    const put = (index: number): Result.Result<void, WeightsError> => {
      const value = stack.top()
      if (value === undefined) return fail("its pickle stores the top of an empty stack")
      memo.set(index, value)
      return Result.void
    }
    for (let count = 0; count < maxInstructions; count++) {
      const code = yield* reader.uint8()
      switch (code) {
        case op.proto: {
          const protocol = yield* reader.uint8()
          if (protocol > 2) {
            return yield* fail(
              `it was pickled with protocol ${protocol}, and PyTorch's own is 2`,
              "save it without `pickle_protocol`, or as safetensors"
            )
          }
          break
        }
        case op.stop:
          return yield* stack.pop()
        case op.mark:
          stack.mark()
          break
        case op.none:
          stack.push(null)
          break
        case op.newTrue:
          stack.push(true)
          break
        case op.newFalse:
          stack.push(false)
          break
        case op.binInt:
          stack.push(yield* reader.int32())
          break
        case op.binInt1:
          stack.push(yield* reader.uint8())
          break
        case op.binInt2:
          stack.push(yield* reader.uint16())
          break
        case op.long1:
          stack.push(long(yield* reader.bytes(yield* reader.uint8())))
          break
        case op.binFloat:
          stack.push(yield* reader.float64())
          break
        case op.binUnicode:
        case op.binString:
          stack.push(yield* reader.text(yield* reader.uint32()))
          break
        case op.shortBinString:
          stack.push(yield* reader.text(yield* reader.uint8()))
          break
        case op.emptyTuple:
          stack.push({ _tag: "Tuple", items: [] })
          break
        case op.tuple1:
          stack.push({ _tag: "Tuple", items: yield* stack.take(1) })
          break
        case op.tuple2:
          stack.push({ _tag: "Tuple", items: yield* stack.take(2) })
          break
        case op.tuple3:
          stack.push({ _tag: "Tuple", items: yield* stack.take(3) })
          break
        case op.tuple:
          stack.push({ _tag: "Tuple", items: yield* stack.takeToMark() })
          break
        case op.emptyList:
          stack.push({ _tag: "List", items: [] })
          break
        case op.append:
          yield* stack.append(yield* stack.take(1))
          break
        case op.appends:
          yield* stack.append(yield* stack.takeToMark())
          break
        case op.emptyDict:
          stack.push({ _tag: "Dict", entries: new Map() })
          break
        case op.setItem:
          yield* stack.setItems(yield* stack.take(2))
          break
        case op.setItems:
          yield* stack.setItems(yield* stack.takeToMark())
          break
        case op.binPut:
          yield* put(yield* reader.uint8())
          break
        case op.longBinPut:
          yield* put(yield* reader.uint32())
          break
        case op.binGet:
          stack.push(yield* get(yield* reader.uint8()))
          break
        case op.longBinGet:
          stack.push(yield* get(yield* reader.uint32()))
          break
        case op.global: {
          const module = yield* reader.line()
          stack.push(yield* Globals.find(`${module}.${yield* reader.line()}`))
          break
        }
        case op.reduce: {
          const args = yield* stack.pop()
          stack.push(yield* Globals.call(yield* stack.pop(), args))
          break
        }
        case op.binPersistentId:
          stack.push(yield* persistent(yield* stack.pop()))
          break
        case op.build: {
          // The versions of the modules, which PyTorch sets as an attribute of a state dict.
          yield* stack.pop()
          if (!is(stack.top(), "Dict")) {
            return yield* fail("its pickle sets attributes of a value that is not a dict", saveStateDict)
          }
          break
        }
        default:
          return yield* fail(
            `its pickle has the instruction 0x${code.toString(16).padStart(2, "0")} (${quote(String.fromCharCode(code))}), which no state dict needs`,
            saveStateDict
          )
      }
    }
    return yield* fail(`its pickle has more than ${maxInstructions} instructions`)
  })
