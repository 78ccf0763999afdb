/** A test of a training program without downloads and without TensorFlow: the program stays, its data and backend are other layers. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { Effect, Layer } from "effect"
import {
  Backend,
  Checkpoints,
  type Dataset,
  DatasetSource,
  type ImageSet,
  LearningRate,
  MnistCnn,
  Plan,
  Reporters,
  Trainer
} from "../src/index.js"

/** The program under test; with `DatasetSource.layer` and `Backend.layer` it trains on any of the official datasets. */
const accuracyOf = Effect.fn("accuracyOf")(function* (name: string) {
  const source = yield* DatasetSource
  const trainer = yield* Trainer
  const dataset = yield* source.load(name)
  const network = MnistCnn.make({ input: dataset.train.shape, classes: dataset.classNames.length })
  const plan = Plan.make({ network, dataset }).pipe(
    Plan.epochs(2),
    Plan.batchSize(8),
    Plan.rate(() => LearningRate.constant(0.02))
  )
  const { finished } = yield* trainer.fit(plan)
  return finished.test.metrics.accuracy
})

/** Stripes of 2 pixels, lying (class 0) or standing (class 1), each image shifted. */
const stripes = (count: number): ImageSet.ImageSet<"classes"> => ({
  task: "classes",
  shape: { height: 16, width: 16, channels: 1 },
  count,
  images: Uint8Array.from({ length: count * 256 }, (_, i) => {
    const image = i >> 8
    const along = image % 2 === 0 ? (i >> 4) % 16 : i % 16
    return ((along + (image >> 1)) & 2) * 100
  }),
  labels: Int32Array.from({ length: count }, (_, image) => image % 2)
})
const dataset: Dataset.Dataset<"classes"> = {
  name: "stripes",
  classNames: ["lying", "standing"],
  statistics: { mean: [0.39], deviation: [0.39] },
  train: stripes(96),
  test: stripes(32)
}

for (const [name, backend] of [
  ["JavaScript", Backend.layerCpu],
  ["WebAssembly", Backend.layerWasm]
] as const) {
  const services = Trainer.layer.pipe(Layer.provide([backend, Checkpoints.layerMemory, Reporters.layerNone]))
  const layers = Layer.merge(services, DatasetSource.layerMemory(dataset))
  test(`tells lying from standing stripes, in ${name}`, async () => {
    assert.equal(await Effect.runPromise(accuracyOf("stripes").pipe(Effect.provide(layers))), 1)
  })
}
