import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { Sampling } from "../../src/data/index.js"

const labels = Int32Array.from({ length: 1000 }, (_, i) => (i < 900 ? 0 : i < 990 ? 1 : 2))
const set = { task: "classes", count: 1000, labels } as const
const at = { seed: 5, epoch: 2 }
const draws = 30_000

const order = (sampling: Sampling.Sampling, epoch = 2) =>
  Result.getOrThrow(Sampling.order(sampling, set, 3, { ...at, epoch }))

/** The share of each class in an epoch. */
const shares = (sampling: Sampling.Sampling) => {
  const counts = [0, 0, 0]
  for (const image of order(sampling)) counts[labels[image]!]! += 1
  return counts.map((n) => n / draws)
}

/** Five standard errors of a share of so many draws. */
const within = (share: number) => 5 * Math.sqrt((share * (1 - share)) / draws)

describe("sampling", () => {
  it("by class balances the classes, or follows their weights", () => {
    for (const share of shares(Sampling.classBalanced({ images: draws }))) assert.closeTo(share, 1 / 3, within(1 / 3))
    // 900 images of weight 1 beside 10 of weight 10.
    const [first, second, third] = shares(Sampling.byClass([1, 0, 10], { images: draws }))
    assert.closeTo(first!, 0.9, within(0.9))
    assert.strictEqual(second, 0)
    assert.closeTo(third!, 0.1, within(0.1))
  })

  it("by image draws only what has a weight", () => {
    const weights = Array.from(labels, (_, i) => (i === 7 || i === 999 ? 2 : 0))
    assert.deepStrictEqual([...new Set(order(Sampling.byImage(weights)))].sort(), [7, 999])
  })

  it("is a function of seed and epoch, and has the length that was asked for", () => {
    assert.deepStrictEqual(order(Sampling.classBalanced()), order(Sampling.classBalanced()))
    assert.notDeepEqual(order(Sampling.classBalanced()), order(Sampling.classBalanced(), 3))
    assert.strictEqual(order(Sampling.classBalanced()).length, 1000)
    assert.strictEqual(order(Sampling.byClass([1, 1, 1], { images: 70 })).length, 70)
  })

  it.each<[Sampling.Sampling, string]>([
    [Sampling.byClass([1, 2]), "2 weights for 3 classes"],
    [Sampling.byClass([0, 0, 0]), "add up to 0"],
    [Sampling.byClass([1, -1, 1]), "a weight of the sampling is -1"],
    [Sampling.byImage([1]), "1 weights for 1000 images"]
  ])("refuses weights that nothing can be drawn by", (sampling, reason) => {
    assert.include(Result.getOrThrow(Result.flip(Sampling.check(sampling, set, 3))).reason, reason)
  })
})
