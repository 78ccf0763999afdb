import { ConfigProvider, Effect, FileSystem } from "effect"
import { FetchHttpClient } from "effect/http"
import type { Dataset } from "../src/data/Dataset.js"
import { type Images, isStored } from "../src/data/Images.js"
import { sha256 } from "../src/internal/Digest.js"
import type { Entry } from "../src/services/datasets/Catalogue.js"
import * as Content from "../src/services/datasets/Content.js"
import { DatasetSource } from "../src/services/datasets/DatasetSource.js"
import * as Layout from "../src/services/datasets/FileLayout.js"

const inMemory = (set: Images<"classes">) => (isStored(set) ? [] : [set])

const blockOf = ({ test, train }: Dataset<"classes">): Uint8Array =>
  Content.fromParts({ train: inMemory(train), test: inMemory(test) })

/** Puts a dataset into a cache, where `load` finds it. */
export const store = Effect.fnUntraced(function* (cache: string, dataset: Dataset<"classes">) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(`${cache}/datasets`, { recursive: true })
  yield* fs.writeFile(`${cache}/datasets/${dataset.name}.u8`, blockOf(dataset))
}, Effect.orDie)

/** Loads a dataset from a cache, as a program loads the official ones; there is nowhere else to get it from. */
export const load = (cache: string, dataset: Dataset<"classes">) => {
  const { classNames, name, statistics, test, train } = dataset
  const entry: Entry = {
    name,
    title: name,
    store: name,
    classNames,
    shape: train.shape,
    trainImages: train.count,
    testImages: test.count,
    statistics,
    sha256: sha256(blockOf(dataset)),
    layout: Layout.idx,
    files: [],
    addresses: []
  }
  return Effect.flatMap(DatasetSource, (source) => source.load(name)).pipe(
    Effect.provide(DatasetSource.layerCatalogue([entry])),
    Effect.provide(FetchHttpClient.layer),
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: { EFFECT_TENSORFLOW_CACHE: cache } })
    )
  )
}
