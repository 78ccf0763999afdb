import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Init from "../../src/model/Init.js"
import { chain, dropout, flatten, linear, stochasticDepth } from "../../src/model/Layers.js"
import type { Module } from "../../src/model/Module.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Loss from "../../src/train/Loss.js"
import * as Optimizer from "../../src/train/Optimizer.js"
import * as Step from "../../src/train/Step.js"
import * as TrainState from "../../src/train/TrainState.js"
import { backends } from "../support/Backends.js"
import { noise } from "../support/Evaluate.js"
import * as Golden from "../support/Golden.js"
import { assertNoLeak } from "../support/NoLeak.js"
import { oneHot } from "../support/OneHot.js"

/** The loss of one step. */
const lossOf = (layer: Module, seed: number, step: number) =>
  Effect.gen(function* () {
    const { kernels } = yield* Backend
    const body = chain(layer, flatten, linear(48, 4))
    const network = { name: "test", input: { height: 4, width: 4, channels: 3 }, classes: 4, body }
    const run = Step.make({ network, kernels, loss: Loss.crossEntropy(), optimizer: Optimizer.sgd(), seed })
    const { params, state } = Init.init(network, 0)
    const train = TrainState.make(step, { params: Golden.upload(params), state: Golden.upload(state) }, {})
    const images = tf.tensor4d(noise("images", 16, 4, 4, 3).data, [16, 4, 4, 3])
    const targets = oneHot(new Array<number>(16).fill(0), 4)
    const { loss, next } = run(train, images, targets, 0.1)
    TrainState.dispose(train)
    TrainState.dispose(next)
    tf.dispose([images, targets])
    return loss
  }).pipe(assertNoLeak)

describe.each(Object.entries(backends))("a step with random layers on %s", (_, backend) => {
  it.effect.each([
    ["dropout", dropout(0.5)],
    ["stochastic depth", stochasticDepth(0.5)]
  ] as const)("%s: done again it is the same, the next step and another seed are not", ([, layer]) =>
    Effect.gen(function* () {
      const loss = yield* lossOf(layer, 1, 5)
      assert.strictEqual(yield* lossOf(layer, 1, 5), loss)
      assert.notStrictEqual(yield* lossOf(layer, 1, 6), loss)
      assert.notStrictEqual(yield* lossOf(layer, 2, 5), loss)
    }).pipe(Effect.provide(backend))
  )
})
