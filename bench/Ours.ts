/**
 * One training step of the seminar's ResNet(5), batch 128: ours, as `cifar10-seminar` runs it.
 *
 * Run by `bench/Step.ts` in a separate process; prints the milliseconds of each step as JSON.
 */
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { uploadAll } from "../src/internal/Transfer.js"
import * as Seminar from "../src/model/families/Seminar.js"
import * as Init from "../src/model/Init.js"
import { Backend } from "../src/services/backend/Backend.js"
import * as Loss from "../src/train/Loss.js"
import * as Optimizer from "../src/train/Optimizer.js"
import * as Step from "../src/train/Step.js"
import * as TrainState from "../src/train/TrainState.js"
import { batchSize, steps } from "./Settings.js"

const network = Seminar.resnet(5)

const program = Effect.gen(function* () {
  const { kernels, report } = yield* Backend
  const optimizer = Optimizer.sgd({ momentum: 0.9, weightDecay: 1e-4 })
  const step = Step.make({ network, kernels, loss: Loss.crossEntropy(), optimizer, seed: 0 })
  const weights = Init.init(network, 0)
  let train = TrainState.start({ params: uploadAll(weights.params), state: uploadAll(weights.state) }, { optimizer })
  const images = tf.randomNormal<tf.Rank.R4>([batchSize, 32, 32, 3], 0, 1, "float32", 1)
  const targets = tf
    .cast(tf.oneHot(tf.randomUniform<tf.Rank.R1>([batchSize], 0, 10, "int32", 2), 10), "float32")
    .as2D(batchSize, 10)
  const millis = Array.from({ length: steps }, () => {
    const began = performance.now()
    const { next } = step(train, images, targets, 0.1)
    TrainState.dispose(train)
    train = next
    return performance.now() - began
  })
  return { millis, report }
})

const result = await Effect.runPromise(Effect.provide(program, Backend.layerTensorFlow()))
process.stdout.write(`${JSON.stringify(result)}\n`)
