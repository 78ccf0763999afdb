/**
 * One training step of the same network in tf.layers, `trainOnBatch`, with its defaults and none of our settings.
 *
 * Run by `bench/Step.ts` in a separate process; prints the milliseconds of each step as JSON.
 */
import { createRequire } from "node:module"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import * as Locations from "../src/services/native/Locations.js"
import { batchSize, steps } from "./Settings.js"

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

const model = seminar(5)
model.compile({
  optimizer: tf.train.momentum(0.1, 0.9),
  loss: (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits)
})
const images = tf.randomNormal([batchSize, 32, 32, 3], 0, 1, "float32", 1)
const labels = tf.cast(tf.oneHot(tf.randomUniform([batchSize], 0, 10, "int32", 2), 10), "float32")
const millis: Array<number> = []
for (let i = 0; i < steps; i++) {
  const began = performance.now()
  await model.trainOnBatch(images, labels)
  millis.push(performance.now() - began)
}
process.stdout.write(`${JSON.stringify({ millis })}\n`)
