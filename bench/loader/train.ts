/**
 * Trains a small network on JPEGs of 256 px that stay on the disk, and prints its resident memory and how long a step waits for its batch:
 * `tsx bench/loader/train.ts DIR WORKERS [STEPS=epoch] [SIZE=256]`. By default it trains for one whole epoch. Before, it trains for some steps on the first 64 images,
 * held in memory: what is resident then, at the most, is the program, TensorFlow and the network. `make-jpegs.ts` makes DIR.
 */
import { NodeServices } from "@effect/platform-node"
import { Effect, Layer, Stream } from "effect"
import { Augment, type Dataset, Images, Statistics } from "../../src/data/index.js"
import { Layers, type Network } from "../../src/model/index.js"
import { Backend, Checkpoints, DatasetSource, Loader, Reporters, Trainer } from "../../src/services/index.js"
import { Plan } from "../../src/train/index.js"

const [directory = "", workers, steps = "epoch", size = "256"] = process.argv.slice(2)
const shape = { height: Number(size), width: Number(size), channels: 3 } as const
const batchSize = 64
const counted = steps === "epoch" ? Number.POSITIVE_INFINITY : Number(steps)

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

/** The most memory that has been resident so far, in MiB. */
const resident = (): number => Math.round(process.resourceUsage().maxRSS / 1024)

const train = Effect.fnUntraced(function* (dataset: Dataset.Dataset, epochs: number, steps: number) {
  const { events } = yield* Trainer
  const plan = Plan.make({ network, dataset }).pipe(
    Plan.batchSize(batchSize),
    Plan.epochs(epochs),
    Plan.augment([Augment.flip]),
    Plan.evaluateTest("end")
  )
  const seen: Array<{ readonly wait: number; readonly step: number; readonly at: number }> = []
  yield* events(plan).pipe(
    Stream.filter((event) => event._tag === "StepEnded"),
    Stream.take(steps),
    Stream.runForEach(({ millis, waitMillis }) =>
      Effect.sync(() => seen.push({ wait: waitMillis, step: millis, at: performance.now() }))
    )
  )
  return seen
})

const program = Effect.gen(function* () {
  const dataset = yield* (yield* DatasetSource).load("folder")
  const few = yield* Images.inMemory(Images.slice(dataset.train, 0, batchSize))
  yield* train({ ...dataset, train: few }, 20, 20)
  const baselineMiB = resident()
  const seen = yield* train(dataset, 1, counted)
  // The first steps start threads and warm up.
  const warm = seen.slice(3)
  const seconds = (warm.at(-1)!.at - warm[0]!.at) / 1000
  const residentMiB = resident()
  const measured = {
    size: shape.width,
    workers: Number(workers),
    images: dataset.train.count,
    steps: seen.length,
    imagesPerSecond: Math.round(((warm.length - 1) * batchSize) / seconds),
    waitMillis: median(warm.map(({ wait }) => wait)),
    stepMillis: median(warm.map(({ step }) => step)),
    baselineMiB,
    residentMiB,
    aboveMiB: residentMiB - baselineMiB
  }
  process.stdout.write(`${JSON.stringify(measured)}\n`)
}).pipe(
  Effect.provide(
    Layer.provide(Trainer.layer, [Backend.layerTensorFlow(), Checkpoints.layerMemory, Reporters.layerNone])
  ),
  Effect.provide(DatasetSource.layerFolder({ directory, shape, storage: "disk", statistics: Statistics.imagenet })),
  Effect.provideService(Loader.Workers, Number(workers)),
  Effect.provide(NodeServices.layer)
)

await Effect.runPromise(program)
