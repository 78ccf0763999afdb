/**
 * Times each step on images of a size, and the batches of an epoch: `tsx Ours.ts SIZE`. Run by `index.ts` in a process of its own; prints microseconds per image as JSON.
 */
import { Effect, Result, Stream } from "effect"
import { Augment, Batches, ImageSet, Sampling } from "../../src/data/index.js"
import * as Random from "../../src/internal/Random.js"
import { chunkMillis, chunks, images } from "./Settings.js"
import { steps } from "./Steps.js"

const size = Number(process.argv[2])
const shape = { height: size, width: size, channels: 3 }
const bytes = size * size * 3
const count = images(size)

/** Smooth colours, as photographs have them, of every brightness. */
const pixels = Uint8Array.from({ length: count * bytes }, (_, i) => {
  const [image, place] = [Math.floor(i / bytes), Math.floor((i % bytes) / 3)]
  const [y, x] = [Math.floor(place / size) / size, (place % size) / size]
  return 127.5 + 120 * Math.sin(6 * x * ((i % 3) + 1) + image) * Math.cos(5 * y - image * 0.7)
})

/** The milliseconds of processor time that this process has used: other programs on the machine take none of it. */
const now = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1000
}

/** The microseconds per image of each chunk: of all images, often enough to last for `chunkMillis`. */
const time = async (run: () => Promise<void> | void): Promise<ReadonlyArray<number>> => {
  const warm = now()
  while (now() - warm < 2 * chunkMillis) await run()
  const times: Array<number> = []
  for (let chunk = 0; chunk < chunks; chunk++) {
    const began = now()
    let runs = 0
    for (; now() - began < chunkMillis; runs++) await run()
    times.push((1000 * (now() - began)) / (runs * count))
  }
  return times
}

const micros: Record<string, ReadonlyArray<number>> = {}
for (const [name, augment] of Object.entries(steps)) {
  const apply = Result.getOrThrow(Augment.compile(augment, shape))
  const to = new Uint8Array(bytes)
  let epoch = 0
  micros[name] = await time(() => {
    epoch++
    for (let image = 0; image < count; image++) {
      const generator = Random.make(0, "augment", epoch, image)
      apply(pixels.subarray(image * bytes, (image + 1) * bytes), to, generator, { seed: 0, epoch, image })
    }
  })
}

const set = Result.getOrThrow(ImageSet.make(shape, pixels, new Int32Array(count)))
for (const [name, augment] of [
  ["loader, nothing", []],
  ["loader, crop, flip", [Augment.crop(4), Augment.flip]]
] as const) {
  let epoch = 0
  micros[name] = await time(() =>
    Effect.runPromise(
      Stream.runDrain(
        Batches.stream(set, {
          batchSize: 128,
          remainder: "keep",
          seed: 0,
          epoch: epoch++,
          sampling: Sampling.uniform,
          outputs: 1,
          augment
        })
      )
    )
  )
}
process.stdout.write(JSON.stringify(micros))
