/**
 * Makes a folder of JPEGs of 256 px for `npm run bench -- loader`: `tsx bench/loader/make-jpegs.ts DIR [TRAIN=50000] [TEST=1000]`.
 *
 * Each is an image of CIFAR-10, enlarged, with seeded grain that makes the file about as large as a photograph's. What is there already is kept.
 */
import { existsSync } from "node:fs"
import { mkdir, rename, writeFile } from "node:fs/promises"
import { NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import sharp from "sharp"
import { imageBytes } from "../../src/data/ImageSet.js"
import * as Images from "../../src/data/Images.js"
import * as Random from "../../src/internal/Random.js"
import { DatasetSource } from "../../src/services/datasets/DatasetSource.js"

const [directory, trainImages = "50000", testImages = "1000"] = process.argv.slice(2)
if (directory === undefined) throw new Error("usage: tsx bench/loader/make-jpegs.ts DIR [TRAIN] [TEST]")
const edge = 256

/** Enlarged to 256 px, with grain of up to 15 levels from the generator of this image. */
const enlarge = async (image: Uint8Array, from: { readonly width: number; readonly height: number }, at: string) => {
  const large = await sharp(image, { raw: { ...from, channels: 3 } })
    .resize(edge, edge)
    .raw()
    .toBuffer()
  const { uint32 } = Random.make(0, "grain", at)
  for (let i = 0; i < large.length; ) {
    for (let bits = uint32(), k = 0; k < 6 && i < large.length; k++, bits >>>= 5, i++) {
      large[i] = Math.min(255, Math.max(0, large[i]! + (bits & 31) - 15.5))
    }
  }
  return sharp(large, { raw: { width: edge, height: edge, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer()
}

const program = Effect.gen(function* () {
  const { classNames, test, train } = yield* (yield* DatasetSource).load("cifar10")
  const size = imageBytes(train.shape)
  for (const [split, set, count] of [
    ["test", test, Number(testImages)],
    ["train", train, Number(trainImages)]
  ] as const) {
    for (const name of classNames) {
      yield* Effect.promise(() => mkdir(`${directory}/${split}/${name}`, { recursive: true }))
    }
    const { images: pixels } = yield* Images.inMemory(set)
    const make = async (i: number) => {
      const file = `${directory}/${split}/${classNames[set.labels[i]!]}/${String(i).padStart(5, "0")}.jpg`
      if (existsSync(file)) return
      const jpeg = await enlarge(pixels.subarray(i * size, (i + 1) * size), set.shape, `${split}/${i}`)
      await writeFile(`${file}.tmp`, jpeg)
      await rename(`${file}.tmp`, file)
    }
    yield* Effect.forEach(
      Array.from({ length: Math.min(count, set.count) }, (_, i) => i),
      (i) => Effect.promise(() => make(i)),
      { concurrency: 2, discard: true }
    )
  }
})

await Effect.runPromise(
  Effect.provide(program, Layer.provide(DatasetSource.layer, [NodeServices.layer, FetchHttpClient.layer]))
)
