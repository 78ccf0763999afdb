import { assert } from "@effect/vitest"

/** Equal to within `tolerance` of the largest expected value. */
export const assertClose = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void => {
  assert.strictEqual(actual.length, expected.length)
  const values = Array.from(expected)
  const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const difference = values.reduce((largest, value, index) => {
    const difference = Math.abs(value - actual[index]!)
    return Math.max(difference, largest)
  }, 0)
  assert.isAtMost(difference, tolerance * scale)
}
