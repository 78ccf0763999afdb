import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { ImageSet, Statistics } from "../../src/data/index.js"
import * as DatasetSource from "../../src/services/DatasetSource.js"

/** The official sets as published: images of each class, the first labels, means and deviations. */
const published = {
  mnist: {
    train: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    test: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    firstTrain: [5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
    firstTest: [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
    mean: [0.1307],
    deviation: [0.3081],
    decimals: 5e-5
  },
  "fashion-mnist": {
    train: Array(10).fill(6000),
    test: Array(10).fill(1000),
    firstTrain: [9, 0, 0, 3, 0, 2, 7, 2, 5, 5],
    firstTest: [9, 2, 1, 1, 6, 1, 4, 6, 5, 7],
    mean: [0.286],
    deviation: [0.353],
    decimals: 5e-5
  },
  cifar10: {
    train: Array(10).fill(5000),
    test: Array(10).fill(1000),
    firstTrain: [6, 9, 9, 4, 1, 1, 2, 7, 8, 3],
    firstTest: [3, 8, 8, 0, 6, 6, 1, 6, 3, 1],
    mean: [0.49139968, 0.48215841, 0.44653091],
    deviation: [0.24703223, 0.24348513, 0.26158784],
    decimals: 5e-9
  }
}

const platform = Layer.merge(NodeServices.layer, FetchHttpClient.layer)

describe("the official data", () => {
  for (const [name, facts] of Object.entries(published)) {
    // Fetched on the first run and kept in the user's cache.
    it.live(
      name,
      () =>
        Effect.gen(function* () {
          const source = yield* DatasetSource.DatasetSource
          const { classNames, statistics, test, train } = yield* source.load(name)
          assert.strictEqual(classNames.length, 10)
          assert.deepStrictEqual(ImageSet.classCounts(train, 10), facts.train)
          assert.deepStrictEqual(ImageSet.classCounts(test, 10), facts.test)
          assert.deepStrictEqual([...train.labels.subarray(0, 10)], facts.firstTrain)
          assert.deepStrictEqual([...test.labels.subarray(0, 10)], facts.firstTest)
          assert.deepStrictEqual(Statistics.compute(train), statistics)
          for (const [channel, mean] of statistics.mean.entries()) {
            assert.closeTo(mean, facts.mean[channel]!, facts.decimals)
            assert.closeTo(statistics.deviation[channel]!, facts.deviation[channel]!, facts.decimals)
          }
        }).pipe(Effect.provide(DatasetSource.layer), Effect.provide(platform)),
      300_000
    )
  }
})
