/**
 * Times a training step of the seminar's network and the evaluation of a batch in tf.layers, `trainOnBatch` and `predictOnBatch`, with its defaults and none of
 * our settings: `tsx bench/step/TfLayers.ts JOB`, from `index.ts`.
 */
import { createRequire } from "node:module"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import * as Locations from "../../src/services/native/Locations.js"
import { answer, job, times } from "./Timed.js"

/** tf.layers has no layer that appends zero channels to a strided map. */
class IdentityPadding extends tf.layers.Layer {
  static className = "IdentityPadding"
  constructor(
    private readonly extra: number,
    private readonly stride: number
  ) {
    super({})
  }
  override computeOutputShape([n, h, w, c]: Array<number>): Array<number> {
    return [n!, h! / this.stride, w! / this.stride, c! + this.extra]
  }
  override call(inputs: tf.Tensor | Array<tf.Tensor>): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D
      return tf.pad(tf.maxPool(x, 1, this.stride, "valid"), [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, this.extra]
      ])
    })
  }
}

const convolution = (x: tf.SymbolicTensor, filters: number, strides: number): tf.SymbolicTensor =>
  tf.layers
    .conv2d({ filters, kernelSize: 3, strides, padding: "same", kernelInitializer: "heNormal" })
    .apply(x) as tf.SymbolicTensor
const norm = (x: tf.SymbolicTensor): tf.SymbolicTensor =>
  tf.layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5 }).apply(x) as tf.SymbolicTensor
const relu = (x: tf.SymbolicTensor): tf.SymbolicTensor => tf.layers.reLU().apply(x) as tf.SymbolicTensor

const seminar = (n: number): tf.LayersModel => {
  const input = tf.input({ shape: [32, 32, 3] })
  let x = relu(norm(convolution(input, 16, 1)))
  for (const [stage, channels] of [16, 32, 64, 128].entries()) {
    for (let block = 0; block <= n; block++) {
      const first = stage > 0 && block === 0
      const shortcut = first ? new IdentityPadding(channels / 2, 2).apply(x) : x
      const body = norm(convolution(relu(norm(convolution(x, channels, first ? 2 : 1))), channels, 1))
      x = relu(tf.layers.add().apply([body, shortcut as tf.SymbolicTensor]) as tf.SymbolicTensor)
    }
  }
  const pooled = tf.layers.globalAveragePooling2d({}).apply(x)
  return tf.model({ inputs: input, outputs: tf.layers.dense({ units: 10 }).apply(pooled) as tf.SymbolicTensor })
}

const locations = await Effect.runPromise(Locations.candidates("auto"))
const { directory } = locations.find(({ directory }) => Locations.isBuilt(directory))!
createRequire(import.meta.url)(directory)
await tf.setBackend("tensorflow")

const { batchSize, evaluationBatches, evaluations, learningRate, momentum, parameters, steps, warmUp } = job()
const model = seminar(5)
model.compile({
  optimizer: tf.train.momentum(learningRate, momentum),
  loss: (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits)
})
const trainable = model.trainableWeights.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape.map(Number)), 0)
if (trainable !== parameters) throw new Error(`expected a network of ${parameters} parameters, got ${trainable}`)

const images = tf.randomNormal([batchSize, 32, 32, 3], 0, 1, "float32", 1)
const labels = tf.cast(tf.oneHot(tf.randomUniform([batchSize], 0, 10, "int32", 2), 10), "float32")
let loss = Number.NaN
const train = await times(
  async () => {
    loss = Number(await model.trainOnBatch(images, labels))
  },
  { count: steps, warmUp }
)
const [count = batchSize] = evaluationBatches
const seen = tf.randomNormal([count, 32, 32, 3], 0, 1, "float32", 1)
const batches = await times(
  () => {
    const outputs = model.predictOnBatch(seen)
    for (const output of Array.isArray(outputs) ? outputs : [outputs]) output.dataSync()
    tf.dispose(outputs)
  },
  { count: evaluations, warmUp }
)
answer({ versions: `tf.layers ${tf.version.tfjs}`, loss, train, evaluate: { [count]: batches } })
