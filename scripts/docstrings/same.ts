import { Equal } from "effect"

/**
 * Whether an example has the value that it is said to have: numbers to five digits, because most are float32; arrays and typed arrays by their
 * elements, objects by their fields.
 */
export const same = (actual: unknown, expected: unknown): boolean => {
  if (Object.is(actual, expected) || Equal.equals(actual, expected)) return true
  if (typeof actual === "number" && typeof expected === "number") {
    return Math.abs(actual - expected) <= (expected === 0 ? 1e-7 : 1e-5 * Math.abs(expected))
  }
  if (typeof actual !== "object" || typeof expected !== "object" || actual === null || expected === null) return false
  if (isList(actual) !== isList(expected)) return false
  const [a, b] = [new Map(Object.entries(actual)), new Map(Object.entries(expected))]
  return a.size === b.size && [...a].every(([key, value]) => b.has(key) && same(value, b.get(key)))
}

const isList = (value: object): boolean => Array.isArray(value) || ArrayBuffer.isView(value)
