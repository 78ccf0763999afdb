import { Result } from "effect"
import type { Dtype } from "../StoredTensor.js"
import { quote, type WeightsError } from "../WeightsError.js"
import { type Dict, type Global, is, isNatural, type Storage, type Tuple, type Value } from "./PickleValue.js"
import { fail, saveStateDict } from "./Unreadable.js"

type Outcome<A> = Result.Result<A, WeightsError>

const dtypes: ReadonlyMap<string, Dtype> = new Map([
  ["torch.DoubleStorage", "F64"],
  ["torch.FloatStorage", "F32"],
  ["torch.HalfStorage", "F16"],
  ["torch.BFloat16Storage", "BF16"],
  ["torch.LongStorage", "I64"],
  ["torch.IntStorage", "I32"],
  ["torch.ShortStorage", "I16"],
  ["torch.CharStorage", "I8"],
  ["torch.ByteStorage", "U8"],
  ["torch.BoolStorage", "BOOL"]
])

const malformed = (name: string) => fail(`its pickle calls ${name} with other arguments than PyTorch`)

/** Python 2 gives the pairs at once; Python 3 fills an empty one afterwards. */
const orderedDict = ([pairs]: ReadonlyArray<Value>): Outcome<Dict> => {
  const entries = new Map<Value, Value>()
  for (const pair of is(pairs, "List") ? pairs.items : []) {
    const [key, value] = is(pair, "List") || is(pair, "Tuple") ? pair.items : []
    if (key === undefined || value === undefined) return malformed("collections.OrderedDict")
    entries.set(key, value)
  }
  return Result.succeed({ _tag: "Dict", entries })
}

const naturals = (value: Value | undefined): ReadonlyArray<number> | undefined => {
  const items = is(value, "Tuple") ? value.items : []
  const found = items.filter(isNatural)
  return is(value, "Tuple") && found.length === items.length ? found : undefined
}

/** Gradients and hooks of the tensor are ignored. */
const tensor = ([storage, offset, size, stride]: ReadonlyArray<Value>): Outcome<Value> => {
  const shape = naturals(size)
  const strides = naturals(stride)
  return is(storage, "Storage") && isNatural(offset) && shape !== undefined && shape.length === strides?.length
    ? Result.succeed({ _tag: "Tensor", storage, offset, shape, strides })
    : malformed("torch._utils._rebuild_tensor")
}

const parameter = ([data]: ReadonlyArray<Value>): Outcome<Value> =>
  is(data, "Tensor") ? Result.succeed(data) : malformed("torch._utils._rebuild_parameter")

const size = ([items]: ReadonlyArray<Value>): Outcome<Value> =>
  is(items, "Tuple") ? Result.succeed(items) : malformed("torch.Size")

const functions: ReadonlyMap<string, (args: ReadonlyArray<Value>) => Outcome<Value>> = new Map([
  ["collections.OrderedDict", orderedDict],
  ["torch._utils._rebuild_tensor", tensor],
  ["torch._utils._rebuild_tensor_v2", tensor],
  ["torch._utils._rebuild_parameter", parameter],
  ["torch.Size", size]
])

/** What a pickle may name. Nothing is looked up or loaded: a name that is not in the two tables above means nothing. */
export const find = (name: string): Outcome<Global> =>
  dtypes.has(name) || functions.has(name)
    ? Result.succeed({ _tag: "Global", name })
    : fail(`its pickle names ${quote(name)}, which no state dict needs`, saveStateDict)

/** The result of calling a name. */
export const call = (callee: Value, args: Value): Outcome<Value> => {
  const body = is(callee, "Global") ? functions.get(callee.name) : undefined
  return body === undefined || !is(args, "Tuple")
    ? fail(`its pickle calls ${is(callee, "Global") ? callee.name : "a value that is not a function"}`, saveStateDict)
    : body(args.items)
}

/**
 * The numbers outside of the pickle that it refers to: `("storage", type, key, device, count)`, in legacy files with a sixth part, `None` or
 * `(key, begin, count)` of a view.
 */
export const persistent = (id: Value): Outcome<Storage> => {
  const [what, type, key, , total, view] = is(id, "Tuple") ? id.items : []
  if (what === "module") {
    return fail("it holds a whole module and not its state dict", saveStateDict)
  }
  const dtype = is(type, "Global") ? dtypes.get(type.name) : undefined
  if (what !== "storage" || dtype === undefined || typeof key !== "string" || !isNatural(total)) {
    return fail("its pickle refers to something other than a storage")
  }
  const whole = { _tag: "Storage", key, dtype, begin: 0, count: total, total } as const
  if (!is(view, "Tuple")) return Result.succeed(whole)
  return viewOf(whole, view)
}

const viewOf = (whole: Storage, { items: [, begin, count] }: Tuple): Outcome<Storage> =>
  isNatural(begin) && isNatural(count) && begin + count <= whole.total
    ? Result.succeed({ ...whole, begin, count })
    : fail(`its pickle refers to a part of the storage ${quote(whole.key)} that does not exist`)
