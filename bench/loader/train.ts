/**
 * Trains a small network on JPEGs of 256 px that stay on the disk, and prints its resident memory and how long a step waits for its batch:
 * `tsx bench/loader/train.ts DIR WORKERS STEPS [baseline]`. With `baseline` it trains on the first 64 images alone. `make-jpegs.ts` makes DIR.
 */
import { NodeServices } from "@effect/platform-node"
import { Effect, Layer, Stream } from "effect"
import { Augment, type Dataset, Images, Statistics } from "../../src/data/index.js"
import { Layers, type Network } from "../../src/model/index.js"
import { Backend, Checkpoints, DatasetSource, Loader, Reporters, Trainer } from "../../src/services/index.js"
import { Plan } from "../../src/train/index.js"

const [directory = "", workers, steps, kind] = process.argv.slice(2)
const shape = { height: 256, width: 256, channels: 3 } as const
const batchSize = 64
const counted = Number(steps)

const network: Network.Network = {
  name: "small",
  input: shape,
  classes: 10,
  body: Layers.chain(
    Layers.named("conv", Layers.conv(3, 8, { stride: 4 })),
    Layers.relu,
    Layers.globalAvgPool,
    Layers.named("fc", Layers.linear(8, 10))
  )
}

const median = (values: ReadonlyArray<number>): number =>
  Math.round(values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN)

const measure = Effect.fnUntraced(function* (dataset: Dataset.Dataset) {
  const { events } = yield* Trainer
  const plan = Plan.make({ network, dataset }).pipe(
    Plan.batchSize(batchSize),
    Plan.epochs(kind === "baseline" ? counted : 1),
    Plan.augment([Augment.flip]),
    Plan.evaluateTest("end")
  )
  const seen: Array<{ readonly wait: number; readonly step: number; readonly resident: number; readonly at: number }> =
    []
  yield* events(plan).pipe(
    Stream.filter((event) => event._tag === "StepEnded"),
    Stream.take(counted),
    Stream.runForEach(({ millis, waitMillis }) =>
      Effect.sync(() =>
        seen.push({ wait: waitMillis, step: millis, resident: process.memoryUsage().rss, at: performance.now() })
      )
    )
  )
  // The first steps start threads and warm up.
  const warm = seen.slice(3)
  const seconds = (warm.at(-1)!.at - warm[0]!.at) / 1000
  return {
    workers: Number(workers),
    images: dataset.train.count,
    steps: seen.length,
    imagesPerSecond: Math.round(((warm.length - 1) * batchSize) / seconds),
    waitMillis: median(warm.map(({ wait }) => wait)),
    stepMillis: median(warm.map(({ step }) => step)),
    residentMiB: Math.round(Math.max(...seen.map(({ resident }) => resident)) / 2 ** 20)
  }
})

const program = Effect.gen(function* () {
  const dataset = yield* (yield* DatasetSource).load("folder")
  const train = kind === "baseline" ? Images.slice(dataset.train, 0, batchSize) : dataset.train
  process.stdout.write(`${JSON.stringify(yield* measure({ ...dataset, train }))}\n`)
}).pipe(
  Effect.provide(
    Layer.provide(Trainer.layer, [Backend.layerTensorFlow(), Checkpoints.layerMemory, Reporters.layerNone])
  ),
  Effect.provide(DatasetSource.layerFolder({ directory, shape, storage: "disk", statistics: Statistics.imagenet })),
  Effect.provideService(Loader.Workers, Number(workers)),
  Effect.provide(NodeServices.layer)
)

await Effect.runPromise(program)
