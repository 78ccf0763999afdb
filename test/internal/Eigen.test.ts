import { assert, describe, it } from "@effect/vitest"
import * as Eigen from "../../src/internal/Eigen.js"
import * as Random from "../../src/internal/Random.js"

const near = (actual: number, expected: number) => assert.closeTo(actual, expected, 1e-12)

const dot = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0)

describe("symmetric", () => {
  it("[[2, 1], [1, 2]] has 3 along the diagonal and 1 across it", () => {
    const { values, vectors } = Eigen.symmetric([
      [2, 1],
      [1, 2]
    ])
    near(values[0]!, 3)
    near(values[1]!, 1)
    near(vectors[0]![0]!, vectors[0]![1]!)
    near(vectors[1]![0]!, -vectors[1]![1]!)
  })

  it("of 12 rows: each vector is stretched by its value, all are of length 1 and perpendicular, the largest first", () => {
    const { normal } = Random.make(1, "eigen")
    const factor = Array.from({ length: 12 }, () => Array.from({ length: 12 }, normal))
    const matrix = factor.map((row) => factor.map((other) => dot(row, other)))
    const { values, vectors } = Eigen.symmetric(matrix)
    for (const [i, vector] of vectors.entries()) {
      for (const [j, row] of matrix.entries()) near(dot(row, vector), values[i]! * vector[j]!)
      for (const [j, other] of vectors.entries()) near(dot(vector, other), i === j ? 1 : 0)
      if (i > 0) assert.isAtLeast(values[i - 1]!, values[i]!)
    }
  })

  it("of zeros and of a diagonal: the axes themselves", () => {
    assert.deepStrictEqual(Eigen.symmetric([[0]]), { values: [0], vectors: [[1]] })
    const { values, vectors } = Eigen.symmetric([
      [1, 0],
      [0, 5]
    ])
    assert.deepStrictEqual(values, [5, 1])
    assert.deepStrictEqual(vectors, [
      [0, 1],
      [1, 0]
    ])
  })
})
