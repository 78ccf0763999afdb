/** Custom images: training images as arrays, test images as a stream. Fails below 90 % on unseen images. */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Random, Stream } from "effect"
import {
  Backend,
  Checkpoints,
  Dataset,
  ImageSet,
  LearningRate,
  MnistCnn,
  Plan,
  Reporters,
  Trainer
} from "../src/index.js"

const target = 0.9
const shape = { height: 16, width: 16, channels: 1 }

/** A bright bar, lying (label 0) or standing (label 1), somewhere in noise. */
const draw = Effect.fnUntraced(function* (label: number) {
  const place = yield* Random.nextIntBetween(2, 13)
  const noise = yield* Effect.replicateEffect(Random.nextIntBetween(0, 100), 256)
  return Uint8Array.from(noise, (grey, i) => {
    const across = label === 0 ? Math.floor(i / 16) : i % 16
    return Math.abs(across - place) <= 1 ? grey + 80 : grey
  })
})

/** Arrays: the pixels of all images one after the other, `[count, height, width, channels]`, and a label for each. */
const train = Effect.gen(function* () {
  const labels = Array.from({ length: 200 }, (_, i) => i % 2)
  const images = yield* Effect.forEach(labels, draw)
  return yield* Effect.fromResult(ImageSet.make(shape, new Uint8Array(Buffer.concat(images)), labels))
})

/** A stream: from files, a database, a socket. */
const test = ImageSet.fromStream(
  shape,
  Stream.range(0, 99).pipe(Stream.mapEffect((i) => Effect.map(draw(i % 2), (image) => ({ image, label: i % 2 })))),
  "classes"
)

const program = Effect.gen(function* () {
  const sets = yield* Effect.all({ train, test }).pipe(Random.withSeed("bars"))
  const dataset = yield* Effect.fromResult(Dataset.make({ name: "bars", classNames: ["lying", "standing"], ...sets }))
  const plan = Plan.make({ network: MnistCnn.make({ input: shape, classes: 2 }), dataset }).pipe(
    Plan.epochs(4),
    Plan.batchSize(20),
    Plan.rate(({ total }) => LearningRate.oneCycle({ peak: 0.05, totalSteps: total }))
  )
  const { finished } = yield* Effect.flatMap(Trainer, (trainer) => trainer.fit(plan))
  const { total } = finished.test
  const accuracy = finished.test.metrics.accuracy ?? 0
  yield* Console.log(`told ${(100 * accuracy).toFixed(0)} % of ${total} unseen bars apart`)
  if (accuracy < target) return yield* Effect.fail(`expected at least ${100 * target} %`)
})

const live = Trainer.layer.pipe(Layer.provide([Backend.layer, Checkpoints.layerMemory, Reporters.layerNone]))

program.pipe(Effect.provide(live), NodeRuntime.runMain)
