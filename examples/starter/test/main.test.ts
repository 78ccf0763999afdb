import assert from "node:assert/strict"
import { test } from "node:test"
import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem, Layer, Result } from "effect"
import { Dataset, ImageSet } from "effect-tensorflow/data"
import { Backend, DatasetSource } from "effect-tensorflow/services"
import { train } from "../src/program.js"

/** Stripes of 2 pixels, lying (class 0) or standing (class 1), each image shifted. */
const stripes = (count: number) => {
  const pixels = Uint8Array.from({ length: count * 256 }, (_, i) => {
    const image = i >> 8
    const along = image % 2 === 0 ? (i >> 4) % 16 : i % 16
    return ((along + (image >> 1)) & 2) * 100
  })
  const labels = Array.from({ length: count }, (_, image) => image % 2)
  return Result.getOrThrow(ImageSet.make({ height: 16, width: 16, channels: 1 }, pixels, labels))
}

const dataset = Result.getOrThrow(
  Dataset.make({ name: "stripes", classNames: ["lying", "standing"], train: stripes(512), test: stripes(32) })
)

// The program stays; its data are in memory, and its backend needs no TensorFlow.
const services = Layer.mergeAll(Backend.layerWasm, DatasetSource.layerMemory(dataset), NodeServices.layer)

test("learns to tell lying from standing stripes", async () => {
  const program = Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* fs.makeTempDirectoryScoped()
    return yield* train({ dataset: "stripes", directory })
  })
  assert.equal(await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(services))), 1)
})
