import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Statistics from "../../../src/data/Statistics.js"
import * as Targets from "../../../src/data/Targets.js"
import * as Apply from "../../../src/model/Apply.js"
import * as CifarResNet from "../../../src/model/families/CifarResNet.js"
import * as Weights from "../../../src/model/weights/Weights.js"
import { Backend } from "../../../src/services/backend/Backend.js"
import * as Evaluator from "../../../src/services/run/Evaluator.js"
import * as Data from "../../support/Data.js"
import * as Golden from "../../support/Golden.js"
import { memory } from "../../support/Memory.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import * as WeightFiles from "../../support/WeightFiles.js"

const network = CifarResNet.resnet20()

const load = Effect.gen(function* () {
  const tensors = yield* WeightFiles.decode(yield* WeightFiles.bytes("resnet20-12fca82f.th"))
  return yield* Effect.fromResult(Weights.fromTorch(network, tensors))
})

/** Of PyTorch 2.15. */
const firstLogits = [-5.30968, -0.49577, 0.87726, 23.73051, -4.10504, 4.46373, -0.23435, -5.41793, -3.71179, -9.88218]

describe("the published ResNet-20 on CIFAR-10", () => {
  it.effect("the logits of the first test image are PyTorch's", () =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      const weights = yield* load
      const { test } = yield* Data.subset("cifar10", 1, 1)
      const logits = yield* Evaluator.withBatch(
        { ...memory(test), targets: yield* Effect.fromResult(Targets.rowsOf(test, 10)) },
        Statistics.imagenet,
        kernels,
        (images): Float32Array =>
          tf.tidy(() => {
            const [params, state] = [Golden.upload(weights.params), Golden.upload(weights.state)]
            return Apply.apply(network)(params, state, images, { kernels, mode: "eval" })[0].dataSync<"float32">()
          })
      ).pipe(assertNoLeak)
      for (const [i, expected] of firstLogits.entries()) assert.closeTo(logits[i]!, expected, 1e-3)
    }).pipe(Effect.provide(Backend.layerTensorFlow()))
  )

  it.effect("of the first 1,000 test images as many are right as in PyTorch", () =>
    Effect.gen(function* () {
      const weights = yield* load
      const { test } = yield* Data.subset("cifar10", 1, 1000)
      const { scores } = yield* Evaluator.evaluateWeights({
        network,
        weights,
        set: test,
        statistics: Statistics.imagenet
      }).pipe(assertNoLeak)
      assert.deepStrictEqual([scores.metrics.accuracy, scores.total], [0.915, 1000])
    }).pipe(Effect.provide(Backend.layerTensorFlow()))
  )
})
