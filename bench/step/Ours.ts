/** Times a training step and the evaluation of a batch, as a run does them: `tsx bench/step/Ours.ts JOB`, from `index.ts`. */
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { uploadAll } from "../../src/internal/Transfer.js"
import * as Init from "../../src/model/Init.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as BatchEvaluation from "../../src/train/BatchEvaluation.js"
import * as Loss from "../../src/train/Loss.js"
import * as Optimizer from "../../src/train/Optimizer.js"
import * as Step from "../../src/train/Step.js"
import * as TrainState from "../../src/train/TrainState.js"
import { answer, job, times } from "./Timed.js"

const { batchSize, evaluationBatches, evaluations, learningRate, momentum, network, steps, warmUp, weightDecay } = job()
const { channels, height, width } = network.input

const images = (count: number) => tf.randomNormal<tf.Rank.R4>([count, height, width, channels], 0, 1, "float32", 1)
const targets = (count: number): tf.Tensor2D => {
  const labels = tf.randomUniform<tf.Rank.R1>([count], 0, network.classes, "int32", 2)
  return tf.cast(tf.oneHot(labels, network.classes), "float32").as2D(count, network.classes)
}

const program = Effect.gen(function* () {
  const { kernels, report } = yield* Backend
  const optimizer = Optimizer.sgd({ momentum, weightDecay })
  const step = Step.make({ network, kernels, loss: Loss.crossEntropy(), optimizer, seed: 0 })
  const weights = Init.init(network, 0)
  let train = TrainState.start({ params: uploadAll(weights.params), state: uploadAll(weights.state) }, { optimizer })
  let loss = Number.NaN
  const [x, y] = [images(batchSize), targets(batchSize)]
  const trained = yield* Effect.promise(() =>
    times(
      () => {
        const result = step(train, x, y, learningRate)
        TrainState.dispose(train)
        train = result.next
        loss = result.loss
      },
      { count: steps, warmUp }
    )
  )
  const evaluateBatch = BatchEvaluation.make(network, kernels, "classes")
  const { params, state } = TrainState.weights(train)
  const [count = batchSize] = evaluationBatches
  const [seen, labels] = [images(count), targets(count)]
  const batches = yield* Effect.promise(() =>
    times(() => evaluateBatch(params, state, seen, labels), { count: evaluations, warmUp })
  )
  const versions = `TensorFlow ${report.tensorflow}, kernels ${report.kernels}`
  return { versions, loss, train: trained, evaluate: { [count]: batches } }
})

answer(await Effect.runPromise(Effect.provide(program, Backend.layerTensorFlowInstalled())))
