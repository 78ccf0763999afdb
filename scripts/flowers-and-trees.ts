/** Writes ten classes of CIFAR-100 as a folder of PNG files, 200 training and 100 test images each: `npx tsx scripts/flowers-and-trees.ts DIRECTORY`. */
import { mkdir } from "node:fs/promises"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import { FetchHttpClient } from "effect/http"
import sharp from "sharp"
import type { Dataset } from "../src/data/Dataset.js"
import * as Images from "../src/data/Images.js"
import { DatasetSource } from "../src/services/datasets/DatasetSource.js"

const flowers = ["orchid", "poppy", "rose", "sunflower", "tulip"]
const trees = ["maple_tree", "oak_tree", "palm_tree", "pine_tree", "willow_tree"]

const write = (dataset: Dataset<"classes">, part: "train" | "test", each: number, directory: string) =>
  Effect.gen(function* () {
    const { labels } = dataset[part]
    for (const name of [...flowers, ...trees]) {
      const label = dataset.classNames.indexOf(name)
      const places = [...labels.keys()].filter((i) => labels[i] === label).slice(0, each)
      yield* Effect.promise(() => mkdir(`${directory}/${part}/${name}`, { recursive: true }))
      for (const place of places) {
        const pixels = yield* Images.pixels(dataset[part], [place])
        const picture = sharp(pixels, { raw: { height: 32, width: 32, channels: 3 } })
        yield* Effect.promise(() => picture.png().toFile(`${directory}/${part}/${name}/${place}.png`))
      }
    }
  })

const [directory = "flowers-and-trees"] = process.argv.slice(2)

Effect.flatMap(DatasetSource, ({ load }) => load("cifar100")).pipe(
  Effect.tap((dataset) => write(dataset, "train", 200, directory)),
  Effect.tap((dataset) => write(dataset, "test", 100, directory)),
  Effect.provide(DatasetSource.layer),
  Effect.provide([NodeServices.layer, FetchHttpClient.layer]),
  NodeRuntime.runMain
)
