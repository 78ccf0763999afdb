import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Schema, Stream } from "effect"
import sharp from "sharp"
import * as ImageSet from "../../../src/data/ImageSet.js"
import * as Images from "../../../src/data/Images.js"
import * as Statistics from "../../../src/data/Statistics.js"
import * as CifarResNet from "../../../src/model/families/CifarResNet.js"
import * as Layers from "../../../src/model/Layers.js"
import * as Weights from "../../../src/model/weights/Weights.js"
import { Backend } from "../../../src/services/backend/Backend.js"
import * as Predictor from "../../../src/services/directory/Predictor.js"
import type { TrainedNetwork } from "../../../src/services/directory/TrainedNetwork.js"
import * as Training from "../../../src/services/directory/Training.js"
import * as Evaluator from "../../../src/services/run/Evaluator.js"
import { Views } from "../../../src/train/Views.js"
import { assertClose } from "../../support/Close.js"
import * as Data from "../../support/Data.js"
import * as Golden from "../../support/Golden.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import { small as plan } from "../../support/Plans.js"
import * as WeightFiles from "../../support/WeightFiles.js"

const network = CifarResNet.resnet20()

/** The published ResNet-20, and CIFAR-10's first test images. */
const published = (count: number) =>
  Effect.gen(function* () {
    const tensors = yield* WeightFiles.decode(yield* WeightFiles.bytes("resnet20-12fca82f.th"))
    const { classNames, name, test: images } = yield* Data.subset("cifar10", 1, count)
    const test = yield* Images.inMemory(images)
    const trained: TrainedNetwork = {
      network,
      weights: yield* Effect.fromResult(Weights.fromTorch(network, tensors)),
      preprocessing: { dataset: name, classNames, ...network.input, ...Statistics.imagenet }
    }
    return { trained, test }
  })

const golden = Golden.bytes("views.json").pipe(
  Effect.flatMap((bytes) =>
    Schema.decodeUnknownEffect(
      Schema.fromJsonString(
        Schema.Struct({
          views: Schema.Record(Views, Schema.Struct({ correct: Schema.Int, logits: Schema.Array(Schema.Number) }))
        })
      )
    )(new TextDecoder().decode(bytes))
  )
)

const pixelsOf = (set: ImageSet.ImageSet, index: number) => ImageSet.slice(set, index, index + 1).images

const png = (pixels: Uint8Array) =>
  Effect.promise(() =>
    sharp(pixels, { raw: { height: 32, width: 32, channels: 3 } })
      .png()
      .toBuffer()
  )

describe("Predictor", () => {
  for (const views of Views.literals) {
    it.effect(`with the views ${views}, the logits and the number of correct images are PyTorch's`, () =>
      Effect.gen(function* () {
        const { test, trained } = yield* published(500)
        const expected = (yield* golden).views[views]
        const prediction = yield* Effect.scoped(
          Effect.flatMap(Predictor.fromWeights(trained, { views }), ({ predict }) =>
            predict({ pixels: pixelsOf(test, 0) })
          )
        ).pipe(assertNoLeak)
        assertClose(prediction.outputs, Float32Array.from(expected.logits), 1e-3)
        const { scores } = yield* Evaluator.evaluateWeights({
          ...trained,
          set: test,
          statistics: Statistics.imagenet,
          views
        }).pipe(assertNoLeak)
        assert.strictEqual(scores.metrics.accuracy, expected.correct / scores.total)
      }).pipe(Effect.provide(Backend.layerTensorFlow()))
    )
  }

  it.effect("one image, a batch and a stream give the same, from files as from pixels", () =>
    Effect.gen(function* () {
      const { test, trained } = yield* published(7)
      const predictor = yield* Predictor.fromWeights(trained, { top: 3 })
      const images = Array.from({ length: test.count }, (_, i) => ({ pixels: pixelsOf(test, i) }))
      const files = yield* Effect.forEach(images, ({ pixels }) => png(pixels))
      const batch = yield* predictor.predictBatch(images)
      const streamed = yield* Stream.fromIterable(files).pipe(
        Stream.rechunk(3),
        predictor.predictStream,
        Stream.runCollect
      )
      const single = yield* Effect.forEach(files, predictor.predict)
      for (const [i, { outputs, top }] of batch.entries()) {
        assert.deepStrictEqual(
          top.map(({ className, label }) => [className, label]),
          streamed[i]!.top.map(({ className, label }) => [className, label])
        )
        assert.strictEqual(top.length, 3)
        assertClose(streamed[i]!.outputs, outputs, 1e-5)
        assertClose(single[i]!.outputs, outputs, 1e-5)
      }
      assert.deepStrictEqual(
        batch.map(({ top }) => top[0]!.className),
        ["cat", "ship", "ship", "airplane", "frog", "frog", "automobile"]
      )
      const all = yield* Predictor.fromWeights(trained, { top: 99 })
      const { top } = yield* all.predict(files[0]!)
      assert.closeTo(
        top.reduce((sum, { probability }) => sum + probability, 0),
        1,
        1e-6
      )
      assert.strictEqual(top.length, 10)
    }).pipe(Effect.scoped, Effect.provide(Backend.layerTensorFlow()))
  )

  it.effect("features are by default what the head takes in, and those of any part by its path", () =>
    Effect.gen(function* () {
      const { test, trained } = yield* published(2)
      const { features, predictBatch } = yield* Predictor.fromWeights(trained)
      const images = [0, 1].map((i) => ({ pixels: pixelsOf(test, i) }))
      const [first] = yield* features(images)
      assert.strictEqual(first!.length, 64)
      const { "linear.bias": bias, "linear.weight": weight } = trained.weights.params
      const logits = Float32Array.from({ length: 10 }, (_, j) =>
        first!.reduce((sum, x, i) => sum + x * weight!.data[i * 10 + j]!, bias!.data[j]!)
      )
      assertClose((yield* predictBatch(images))[0]!.outputs, logits, 1e-4)
      assert.strictEqual((yield* features(images, "layer1"))[1]!.length, 32 * 32 * 16)
      const error = yield* Effect.flip(features(images, "layer9"))
      assert.include(error.message, "layer9")
    }).pipe(Effect.scoped, Effect.provide(Backend.layerTensorFlow()))
  )

  it.effect("refuses what is no image for it, and goes on", () =>
    Effect.gen(function* () {
      const { test, trained } = yield* published(1)
      const { predict } = yield* Predictor.fromWeights(trained)
      for (const [image, reason] of [
        [new TextEncoder().encode("hello"), "unsupported image format"],
        [{ pixels: new Uint8Array(5) }, "32x32x3 images need 3072 bytes of pixels, but there are 5"],
        [{ pixels: new Float32Array(3072).fill(0.5) }, "a pixel of image 0 is 0.5"]
      ] as const) {
        const error = yield* Effect.flip(predict(image))
        assert.strictEqual(error._tag, "DatasetError")
        assert.include(error.message, reason)
      }
      yield* predict({ pixels: pixelsOf(test, 0) })
      const other = { ...trained, preprocessing: { ...trained.preprocessing, height: 28 } }
      const error = yield* Effect.flip(Predictor.fromWeights(other))
      assert.strictEqual(error._tag, "ShapeError")
    }).pipe(Effect.scoped, Effect.provide(Backend.layerTensorFlow()))
  )

  it.effect("ranks several labels each by its own probability, and gives values as they are", () =>
    Effect.gen(function* () {
      const input = { height: 1, width: 1, channels: 1 }
      const trained = {
        network: { name: "two", input, classes: 2, body: Layers.chain(Layers.flatten, Layers.linear(1, 2)) },
        weights: {
          params: {
            "1.weight": { shape: [1, 2], data: Float32Array.of(1, 3) },
            "1.bias": { shape: [2], data: Float32Array.of(0, -1) }
          },
          state: {}
        },
        preprocessing: { dataset: "dots", classNames: ["round", "red"], ...input, mean: [0], deviation: [1] }
      }
      const image = { pixels: [255] }
      const predict = (task: "multiple" | "values") =>
        Effect.flatMap(
          Predictor.fromWeights({ ...trained, preprocessing: { ...trained.preprocessing, task } }),
          (predictor) => predictor.predict(image)
        )
      const labels = yield* predict("multiple")
      const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit))
      assert.deepStrictEqual(labels.top, [
        { className: "red", label: 1, probability: sigmoid(2) },
        { className: "round", label: 0, probability: sigmoid(1) }
      ])
      const values = yield* predict("values")
      assert.deepStrictEqual([values.top, [...values.outputs]], [[], [1, 2]])
    }).pipe(Effect.scoped, Effect.provide(Backend.layerCpu))
  )

  it.effect("of a run has its weights and its preprocessing", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      const { finished } = yield* Training.train(plan, { directory })
      const test = yield* Images.inMemory(plan.dataset.test)
      const { predictBatch } = yield* Predictor.fromRun(directory)
      const predictions = yield* predictBatch(
        Array.from({ length: test.count }, (_, i) => ({ pixels: pixelsOf(test, i) }))
      )
      const correct = predictions.filter(({ top }, i) => top[0]!.label === test.labels[i]).length
      assert.strictEqual(correct / test.count, finished.test.metrics.accuracy)
      assert.include(plan.dataset.classNames, predictions[0]!.top[0]!.className)
    }).pipe(Effect.scoped, Effect.provide(Layer.merge(Backend.layerCpu, NodeServices.layer)))
  )
})
