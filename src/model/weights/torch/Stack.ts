import { Result } from "effect"
import type { WeightsError } from "../WeightsError.js"
import { is, type Value } from "./PickleValue.js"
import { fail } from "./Unreadable.js"

type Outcome<A> = Result.Result<A, WeightsError>

/** The stack of a pickle's machine; below the newest mark nothing can be taken. */
export interface Stack {
  readonly push: (value: Value) => void
  readonly mark: () => void
  /** The value on top, which stays there. */
  readonly top: () => Value | undefined
  readonly pop: () => Outcome<Value>
  /** The last `count` values, the top one last. */
  readonly take: (count: number) => Outcome<ReadonlyArray<Value>>
  /** All values above the newest mark, and the mark. */
  readonly takeToMark: () => Outcome<ReadonlyArray<Value>>
  /** Puts keys and values, in turn, into the dict on top. */
  readonly setItems: (items: ReadonlyArray<Value>) => Outcome<void>
  /** Puts values at the end of the list on top. */
  readonly append: (items: ReadonlyArray<Value>) => Outcome<void>
}

export const make = (): Stack => {
  const values: Array<Value> = []
  const marks: Array<number> = []
  const height = () => values.length - (marks.at(-1) ?? 0)
  const top = () => (height() > 0 ? values.at(-1) : undefined)
  const take = (count: number): Outcome<ReadonlyArray<Value>> =>
    height() < count
      ? fail("its pickle takes more from its stack than is there")
      : Result.succeed(values.splice(values.length - count, count))
  return {
    push: (value) => {
      values.push(value)
    },
    mark: () => {
      marks.push(values.length)
    },
    top,
    take,
    pop: () => Result.map(take(1), ([value]) => value ?? null),
    takeToMark: () => {
      const mark = marks.pop()
      return mark === undefined
        ? fail("its pickle takes all to a mark that is not there")
        : Result.succeed(values.splice(mark))
    },
    setItems: (items) => {
      const dict = top()
      if (!is(dict, "Dict") || items.length % 2 !== 0) {
        return fail("its pickle sets items of what is no dict")
      }
      for (let i = 0; i < items.length; i += 2) {
        dict.entries.set(items[i]!, items[i + 1]!)
      }
      return Result.void
    },
    append: (items) => {
      const list = top()
      if (!is(list, "List")) {
        return fail("its pickle appends to what is no list")
      }
      for (const item of items) {
        list.items.push(item)
      }
      return Result.void
    }
  }
}
