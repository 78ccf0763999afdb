import type { Shape } from "../../Shape.js"
import type { Dtype } from "../StoredTensor.js"
import type { Strides } from "../Strided.js"

/** What a pickle of a state dict is made of. */
export type Value = null | boolean | number | bigint | string | Tuple | List | Dict | Global | Storage | Tensor

export interface Tuple {
  readonly _tag: "Tuple"
  readonly items: ReadonlyArray<Value>
}

/** Its pickle fills it after it was made, as it does a `Dict`. */
export interface List {
  readonly _tag: "List"
  readonly items: Array<Value>
}

export interface Dict {
  readonly _tag: "Dict"
  readonly entries: Map<Value, Value>
}

/** A Python name; one of those in `Globals`. */
export interface Global {
  readonly _tag: "Global"
  readonly name: string
}

/** A run of `count` numbers in the file, from the `begin`-th of what is stored under `key`. */
export interface Storage {
  readonly _tag: "Storage"
  readonly key: string
  readonly dtype: Dtype
  readonly begin: number
  readonly count: number
  /** Of the whole that is stored under `key`. */
  readonly total: number
}

/** A view of a storage; nothing has been checked yet. */
export interface Tensor {
  readonly _tag: "Tensor"
  readonly storage: Storage
  readonly offset: number
  readonly shape: Shape
  readonly strides: Strides
}

type Tagged = Extract<Value, { readonly _tag: string }>

/** Whether a value is of that kind. */
export const is = <Tag extends Tagged["_tag"]>(
  value: Value | undefined,
  tag: Tag
): value is Extract<Tagged, { readonly _tag: Tag }> => typeof value === "object" && value !== null && value._tag === tag

/** Whether a value counts or places something. */
export const isNatural = (value: Value | undefined): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0
