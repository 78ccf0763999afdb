import { assert, describe, it } from "@effect/vitest"
import * as Random from "../../src/internal/Random.js"

const take = (generator: Random.Generator, n: number) => Array.from({ length: n }, generator.uint32)

describe("Random", () => {
  it("repeats for an equal seed and path", () => {
    assert.deepStrictEqual(take(Random.make(1, "init", "conv1"), 8), take(Random.make(1, "init", "conv1"), 8))
  })

  it("keeps its numbers from version to version", () => {
    assert.deepStrictEqual(take(Random.make(1, "augment", 2, 3), 3), [323437680, 2072492366, 935388881])
  })

  it("tells neighbouring paths apart", () => {
    const paths: ReadonlyArray<ReadonlyArray<string | number>> = [
      [],
      [0],
      ["0"],
      ["", ""],
      ["ab", "c"],
      ["a", "bc"],
      ["abc"],
      [1, 2],
      [2, 1],
      [12],
      [-1],
      [2 ** 32],
      [2 ** 33]
    ]
    const firsts = new Set(paths.map((path) => take(Random.make(7, ...path), 4).join()))
    assert.strictEqual(firsts.size, paths.length)
  })

  it("gives first numbers of consecutive paths that spread evenly", () => {
    const cells = new Array<number>(16).fill(0)
    const coins = [0, 0]
    for (let index = 0; index < 16_000; index++) {
      const generator = Random.make(3, "augment", 0, index)
      const cell = generator.below(16)
      cells[cell] = cells[cell]! + 1
      const coin = generator.below(2)
      coins[coin] = coins[coin]! + 1
    }
    // Chi-squared with 15 degrees of freedom: above 37.7 once in a thousand.
    const chiSquared = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    assert.isBelow(chiSquared, 37.7)
    assert.closeTo(coins[0]!, 8000, 3.3 * Math.sqrt(4000))
  })

  it("draws standard normal samples", () => {
    const generator = Random.make(5, "normal")
    const samples = Array.from({ length: 40_000 }, generator.normal)
    const mean = samples.reduce((sum, x) => sum + x, 0) / samples.length
    const variance = samples.reduce((sum, x) => sum + (x - mean) ** 2, 0) / samples.length
    const fourth = samples.reduce((sum, x) => sum + (x - mean) ** 4, 0) / samples.length
    assert.closeTo(mean, 0, 0.02)
    assert.closeTo(variance, 1, 0.03)
    assert.closeTo(fourth, 3, 0.2)
  })

  it("permutes without loss", () => {
    const order = Random.permutation(1000, Random.make(1, "shuffle", 0))
    assert.deepStrictEqual(
      [...order].sort((a, b) => a - b),
      [...Array(1000).keys()]
    )
    assert.notDeepEqual([...order], [...Array(1000).keys()])
    assert.strictEqual(Random.permutation(0, Random.make(1)).length, 0)
  })
})
