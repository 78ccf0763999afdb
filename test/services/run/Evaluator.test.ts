import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { normalize } from "../../../src/data/Normalize.js"
import { reference } from "../../../src/model/ReferenceKernels.js"
import { Backend } from "../../../src/services/backend/Backend.js"
import * as Loader from "../../../src/services/loader/Loader.js"
import * as Evaluator from "../../../src/services/run/Evaluator.js"
import { backends } from "../../support/Backends.js"
import { assertClose } from "../../support/Close.js"
import * as Images from "../../support/Images.js"
import { assertNoLeak } from "../../support/NoLeak.js"

describe("Evaluator.evaluate", () => {
  it.effect("refuses labels that are not classes, before the first batch", () =>
    Effect.gen(function* () {
      const set = Images.random(20, { height: 2, width: 2, channels: 1 }, 5)
      let batches = 0
      const error = yield* Effect.flip(
        Evaluator.evaluate({
          kernels: reference,
          loader: yield* Loader.make(0),
          set,
          classes: 4,
          statistics: { mean: [0], deviation: [1] },
          evaluateBatch: () => {
            batches++
            throw new Error("asked for a batch")
          }
        })
      )
      assert.include(
        error.message,
        `the labels of 4 classes are 0 to 3; evaluated image ${set.labels.indexOf(4)} has 4`
      )
      assert.strictEqual(batches, 0)
    })
  )
})

describe("Evaluator.withImages", () => {
  it.effect.each(Object.entries(backends))("on %s uploads images as Normalize.normalize makes them", ([, layer]) =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      for (const channels of [1, 3, 5]) {
        const shape = { height: 7, width: 5, channels }
        const { images } = Images.random(9, shape)
        // Not at the beginning of its buffer.
        const some = images.subarray(2 * 35 * channels)
        const statistics = {
          mean: [0.4914, 0.4822, 0.4465, 0, 1].slice(0, channels),
          deviation: [0.247, 0.2435, 0, 1, 3].slice(0, channels)
        }
        const uploaded = yield* Evaluator.withImages({ shape, count: 7, images: some }, statistics, kernels, (x) => {
          assert.deepStrictEqual(x.shape, [7, 7, 5, channels])
          return x.dataSync<"float32">()
        })
        assertClose(uploaded, normalize(some, channels, statistics), 1e-6)
      }
    }).pipe(assertNoLeak, Effect.provide(layer))
  )
})
