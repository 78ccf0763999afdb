/**
 * Times our loader on a folder of images that stay on the disk: `tsx bench/loader/Ours.ts DIR WORKERS SIZE BATCH WARM IMAGES`. With `decode` for
 * WORKERS: sharp alone, on files in memory, as many at a time as there are cores. Prints images per second and milliseconds of processor time
 * per image as JSON.
 */
import { readFile } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import sharp from "sharp"
import { Augment, Images, Sampling, Statistics } from "../../src/data/index.js"
import { DatasetSource, Loader } from "../../src/services/index.js"

const [directory = "", workers = "", ...numbers] = process.argv.slice(2)
const [size = 0, batchSize = 0, warm = 0, images = 0] = numbers.map(Number)
const shape = { height: size, width: size, channels: 3 } as const

const start = () => ({ at: performance.now(), used: process.cpuUsage() })
const report = ({ at, used }: ReturnType<typeof start>) => {
  const { system, user } = process.cpuUsage(used)
  const imagesPerSecond = (1000 * images) / (performance.now() - at)
  process.stdout.write(JSON.stringify({ imagesPerSecond, cpuMillis: (system + user) / 1000 / images }))
}

const load = Effect.gen(function* () {
  const { train } = yield* (yield* DatasetSource).load("folder")
  const loader = yield* Loader.make(Number(workers))
  const next = yield* loader.open(train, {
    batchSize,
    remainder: "drop",
    seed: 0,
    sampling: Sampling.uniform,
    outputs: 10,
    augment: [Augment.flip],
    epochs: Number.POSITIVE_INFINITY
  })
  const perEpoch = Math.floor(train.count / batchSize)
  const batches = (from: number, count: number) =>
    Effect.forEach(
      Array.from({ length: count }, (_, i) => from + i),
      (i) => next(Math.floor(i / perEpoch), i % perEpoch),
      { discard: true }
    )
  const before = warm / batchSize
  yield* batches(0, before)
  const began = start()
  yield* batches(before, images / batchSize)
  report(began)
})

const decode = Effect.gen(function* () {
  const { train } = yield* (yield* DatasetSource).load("folder")
  if (!Images.isStored(train) || train.source._tag !== "Files") throw new Error("expected a folder of images")
  const { paths } = train.source
  const stride = Math.max(1, Math.floor(paths.length / images))
  const files = yield* Effect.promise(() =>
    Promise.all(Array.from({ length: images }, (_, i) => readFile(paths[(i * stride) % paths.length]!)))
  )
  const all = (given: ReadonlyArray<Uint8Array>) =>
    Effect.forEach(given, (file) => Effect.promise(() => sharp(file).raw().toBuffer()), {
      concurrency: availableParallelism(),
      discard: true
    })
  yield* all(files.slice(0, warm))
  const began = start()
  yield* all(files)
  report(began)
})

await Effect.runPromise(
  Effect.scoped(workers === "decode" ? decode : load).pipe(
    Effect.provide(DatasetSource.layerFolder({ directory, shape, storage: "disk", statistics: Statistics.imagenet })),
    Effect.provide(NodeServices.layer)
  )
)
