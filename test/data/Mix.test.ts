import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Batches, Mix } from "../../src/data/index.js"
import * as Random from "../../src/internal/Random.js"
import * as Images from "../support/Images.js"

const shape = { height: 6, width: 5, channels: 3 }
const set = Images.random(43, shape, 4)
const options: Batches.BatchOptions = { batchSize: 8, remainder: "keep", seed: 3, epoch: 0, outputs: 4, augment: [] }
const collect = (change: Partial<Batches.BatchOptions>) =>
  Stream.runCollect(Batches.stream(set, { ...options, ...change }))

const draws = (mix: Mix.Mix, n = 2000) =>
  Array.from({ length: n }, (_, i) => Mix.draw(mix, { height: 32, width: 32, channels: 3 }, Random.make(1, "mix", i)))

const meanOf = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

describe("the mixing of a batch", () => {
  it("is drawn with the probabilities that are given", () => {
    const drawn = draws(Mix.make({ mixup: 0.8, cutmix: 1, probability: 0.75, switch: 0.2 }))
    const share = (tag: string | undefined) => drawn.filter((one) => one?._tag === tag).length / drawn.length
    assert.closeTo(share(undefined), 0.25, 0.03)
    assert.closeTo(share("CutMix"), 0.75 * 0.2, 0.03)
    assert.isTrue(draws(Mix.none).every((one) => one === undefined))
    assert.isTrue(draws(Mix.make({ cutmix: 1 })).every((one) => one?._tag === "CutMix"))
    assert.isTrue(draws(Mix.make({ mixup: 1, probability: 1 })).every((one) => one?._tag === "Mixup"))
  })

  it("keeps a part that has the mean and the variance of Beta(alpha, alpha)", () => {
    for (const alpha of [0.2, 1, 4]) {
      const lambdas = draws(Mix.make({ mixup: alpha })).flatMap((one) => (one?._tag === "Mixup" ? [one.lambda] : []))
      assert.closeTo(meanOf(lambdas), 0.5, 0.03)
      const variance = meanOf(lambdas.map((lambda) => (lambda - 0.5) ** 2))
      assert.closeTo(variance, 1 / (4 * (2 * alpha + 1)), 0.01)
    }
  })

  it.effect("is the same from a later batch on, and another in each batch, epoch and seed", () =>
    Effect.gen(function* () {
      const mix = Mix.make({ mixup: 1, cutmix: 1 })
      const whole = yield* collect({ mix })
      assert.deepStrictEqual(yield* collect({ mix, from: 3 }), whole.slice(3))
      const targets = (batches: ReadonlyArray<Batches.Batch>) => batches.map(({ targets }) => targets.join())
      for (const change of [{ epoch: 1 }, { seed: 4 }]) {
        const other = targets(yield* collect({ mix, ...change }))
        assert.isTrue(targets(whole).every((batch, i) => batch !== other[i]))
      }
    })
  )

  it.effect("changes pixels and targets, whose rows still add up to 1, and not the labels", () =>
    Effect.gen(function* () {
      const plain = yield* collect({})
      const mixed = yield* collect({ mix: Mix.make({ mixup: 1 }) })
      for (const [i, batch] of mixed.entries()) {
        assert.deepStrictEqual(batch.labels, plain[i]?.labels)
        assert.notDeepEqual(batch.images, plain[i]?.images)
        for (let row = 0; row < batch.count; row++) {
          assert.closeTo(meanOf([...batch.targets.subarray(4 * row, 4 * row + 4)]), 0.25, 1e-6)
        }
      }
      assert.deepStrictEqual(yield* collect({ mix: Mix.none }), plain)
    })
  )

  it("refuses numbers out of range", () => {
    assert.throws(() => Mix.make({ mixup: -1 }), /greater than or equal to 0/)
    assert.throws(() => Mix.make({ probability: 1.5 }), /between 0 and 1/)
  })
})
