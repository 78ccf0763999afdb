import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Stream } from "effect"
import * as Dataset from "../../src/data/Dataset.js"
import * as ImageSet from "../../src/data/ImageSet.js"
import { normalize } from "../../src/data/Normalize.js"
import type { HostTensor, HostTensors, Weights as NetworkWeights } from "../../src/model/Tensors.js"
import * as Weights from "../../src/model/weights/Weights.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as EpochSteps from "../../src/services/run/EpochSteps.js"
import * as RunStart from "../../src/services/run/RunStart.js"
import { Trainer } from "../../src/services/run/Trainer.js"
import * as Plan from "../../src/train/Plan.js"
import * as Recipe from "../../src/train/recipe/index.js"
import { presets } from "../../src/train/recipe/presets/index.js"
import * as Rate from "../../src/train/recipe/Rate.js"
import type { TrainEvent } from "../../src/train/TrainEvent.js"
import * as TrainState from "../../src/train/TrainState.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import * as Golden from "../support/Golden.js"
import { oneHot } from "../support/OneHot.js"
import { fresh } from "../support/Runs.js"

const [batchSize, epochs, perEpoch, classes] = [16, 6, 2, 10]
const preset = presets["cifar10-94"]

/** The preset for the network, the batches and the epochs of the reference; its rate is for each image the same, its average is updated after 5 steps as there. */
const recipe = Recipe.make({
  ...preset,
  network: { name: "airbench", widths: [8, 12, 10] },
  batchSize,
  epochs,
  rate: { ...preset.rate, peak: (preset.rate.peak * batchSize) / preset.batchSize },
  average: { ...preset.average, every: 5 }
})

/** The recipe's plan for the images of the reference, which starts from its weights. */
const load = Effect.gen(function* () {
  const golden = yield* Golden.load("airbench-steps")
  const pixels = golden.pixels
  if (pixels?.dtype !== "U8") return assert.fail("there are no pixels")
  const shape = { height: 32, width: 32, channels: 3 }
  const plane = 32 * 32
  const hwc = pixels.data.map((_, i) => {
    const [image, place, channel] = [Math.floor(i / (3 * plane)), Math.floor((i % (3 * plane)) / 3), i % 3]
    return pixels.data[(image * 3 + channel) * plane + place]!
  })
  const labels = Array.from(golden.labels?.data ?? [], Number)
  const images = yield* Effect.fromResult(ImageSet.make(shape, hwc, labels))
  const dataset = yield* Effect.fromResult(
    Dataset.make({
      name: "smooth noise",
      classNames: Array.from({ length: classes }, (_, i) => `class ${i}`),
      statistics: { mean: [0.4914, 0.4822, 0.4465], deviation: [0.247, 0.2435, 0.2616] },
      train: images,
      test: images
    })
  )
  const plan = Recipe.plan(recipe, dataset)
  const start = yield* Effect.fromResult(Weights.fromTorch(plan.network, Golden.under(golden, "init.")))
  return { golden, images, plan, start, whitened: plan.start }
})

const floats = (golden: Golden.Golden, name: string): Float32Array => {
  const tensor = golden[name]
  return tensor?.dtype === "F32" ? tensor.data : assert.fail(`there is no float tensor ${name}`)
}

/** What filters have in common whose order and signs differ: the sum of their products. */
const products = ({ data, shape }: HostTensor): ReadonlyArray<number> => {
  const [filters = 0] = shape.slice(-1)
  const length = data.length / filters
  return Array.from({ length: length * length }, (_, at) =>
    Array.from(
      { length: filters },
      (_, filter) => data[Math.floor(at / length) * filters + filter]! * data[(at % length) * filters + filter]!
    ).reduce((sum, product) => sum + product, 0)
  )
}

const updates = (from: HostTensors, to: HostTensors): Readonly<Record<string, ReadonlyArray<number>>> =>
  Object.fromEntries(
    Object.entries(to).map(([path, { data }]) => [path, Array.from(data, (value, i) => value - from[path]!.data[i]!)])
  )

const assertSameUpdates = (
  from: NetworkWeights<HostTensor>,
  to: NetworkWeights<HostTensor>,
  expected: NetworkWeights<HostTensor>
) => {
  for (const group of ["params", "state"] as const) {
    const [ours, theirs] = [updates(from[group], to[group]), updates(from[group], expected[group])]
    for (const [path, values] of Object.entries(theirs)) assertClose(ours[path] ?? [], values, 5e-3)
  }
}

describe("cifar10-94", () => {
  it.effect(
    "takes the steps of airbench94.py: groups, decay, averaging, and the bias that is trained for 3 epochs",
    () =>
      Effect.gen(function* () {
        const { golden, images, plan, start } = yield* load
        const { kernels } = yield* Backend
        const checked = yield* Effect.fromResult(Plan.check(Plan.startFrom(start)(plan)))
        const stepIn = EpochSteps.make(checked, kernels)
        let train = RunStart.state(checked.plan)
        const losses: Array<number> = []
        const pixels = normalize(images.images, 3, plan.dataset.statistics)
        const bytes = pixels.length / images.count
        for (let step = 0; step < epochs * perEpoch; step++) {
          const first = (step % perEpoch) * batchSize
          const x = tf.tensor4d(pixels.slice(first * bytes, (first + batchSize) * bytes), [batchSize, 32, 32, 3])
          const y = oneHot(Array.from(images.labels).slice(first, first + batchSize), classes)
          const { loss, next } = stepIn(Math.floor(step / perEpoch))(train, x, y, floats(golden, "rates")[step]!)
          tf.dispose([x, y])
          TrainState.dispose(train)
          train = next
          losses.push(loss)
        }
        const host = TrainState.download(train)
        TrainState.dispose(train)
        assertClose(losses, floats(golden, "losses"), 1e-5)
        const expected = yield* Effect.fromResult(Weights.fromTorch(plan.network, Golden.under(golden, "after.")))
        assertSameUpdates(start, TrainState.inference(host), expected)
      }).pipe(Effect.provide(backends.tensorflow))
  )

  it.effect("resumed after a cut in its last epoch, ends with the same bits and the same scores with views", () =>
    Effect.gen(function* () {
      const { plan } = yield* load
      const trainer = yield* Trainer
      const { finished: whole } = yield* fresh(Effect.flatMap(Trainer, (other) => other.fit(plan)))
      assert.strictEqual(whole.withViews?.views, "flip-shift")
      const cut = (event: TrainEvent) => event._tag === "StepEnded" && event.step === epochs * perEpoch - 2
      yield* Stream.runDrain(Stream.takeUntil(trainer.events(plan), cut))
      const { finished } = yield* trainer.fit(plan, { resume: true })
      assert.strictEqual(finished.weightDigest, whole.weightDigest)
      assert.deepStrictEqual(finished.withViews, whole.withViews)
    }).pipe(fresh)
  )

  it.effect("whitens the images as airbench does", () =>
    Effect.gen(function* () {
      const { start, whitened } = yield* load
      const [ours, theirs] = [whitened, start].map((weights) => weights?.state["whiten.weight"])
      if (ours === undefined || theirs === undefined) return assert.fail("there are no filters")
      assertClose(products(ours), products(theirs), 1e-4)
    })
  )

  it("has the rates of airbench's triangle, of 970 steps, to half a per cent of their peak", () => {
    const rate = Rate.schedule(Recipe.make(preset).rate).at({ perEpoch: 97, total: 970 })
    const turn = 223
    for (let step = 0; step < 970; step++) {
      const factor = step < turn ? 0.2 + (0.8 * step) / turn : 1 - (0.93 * (step - turn)) / (970 - turn)
      assert.closeTo(rate(step) / 0.75, factor, 5e-3)
    }
  })
})
