import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import type { Dataset } from "../../data/Dataset.js"
import { DatasetError } from "../../data/DatasetError.js"
import { DatasetSource, type LoadOptions, readTable, type TableOptions } from "../datasets/DatasetSource.js"
import * as RunConfig from "./RunConfig.js"

type Data = RunConfig.Settings["data"]

/**
 * Where the dataset of that name comes from.
 *
 * @category layers
 */
export const layer = (name: string, data: Data): Layer.Layer<DatasetSource, DatasetError> =>
  (isListed(name) ? listed(name, data) : DatasetSource.layer).pipe(
    Layer.provide([NodeServices.layer, FetchHttpClient.layer])
  )

type Listed = "folder" | "shards" | "csv"

const isListed = (name: string): name is Listed => name === "folder" || name === "shards" || name === "csv"

const unnamed = (reason: string, key: string, variable: string) =>
  new DatasetError({
    op: "option",
    reason,
    fix: `name it: data.${key} in the configuration, --set data.${key}=..., or ${variable}`
  })

const readOptions = ({ channels, size, storage, testFraction }: Data) => ({
  shape: { height: size, width: size, channels },
  storage,
  testFraction
})

/** The table of the settings. */
const tableOf = (data: Data): Effect.Effect<TableOptions, DatasetError> =>
  data.csv === null
    ? Effect.fail(
        unnamed('the dataset "csv" is the images in a table, and none is named', "csv", "EFFECT_TENSORFLOW_DATA_CSV")
      )
    : Effect.succeed({
        ...readOptions(data),
        file: data.csv,
        task: data.task,
        ...(data.labels === null ? {} : { labels: data.labels })
      })

const listed = (name: Listed, data: Data) => {
  if (name === "csv") return Layer.unwrap(Effect.map(tableOf(data), DatasetSource.layerTable))
  return data.dir === null
    ? Layer.effect(
        DatasetSource,
        unnamed(
          name === "folder"
            ? 'the dataset "folder" is the images in a directory, and none is named'
            : 'the dataset "shards" is the tar archives in a directory, and none is named',
          "dir",
          "EFFECT_TENSORFLOW_DATA_DIR"
        )
      )
    : (name === "folder" ? DatasetSource.layerFolder : DatasetSource.layerShards)({
        ...readOptions(data),
        directory: data.dir
      })
}

/**
 * The options of the settings for loading data; each tenth of a download is logged.
 *
 * @category loading
 */
export const options = (data: Data): LoadOptions => {
  const tenths = new Map<string, number>()
  return {
    directory: data.dir ?? undefined,
    mirror: data.mirror ?? undefined,
    onProgress: ({ file, received, total }) => {
      const tenth = Math.floor((10 * received) / total)
      const before = tenths.get(file) ?? 0
      if (!(tenth > before)) return Effect.void
      tenths.set(file, tenth)
      return Effect.logInfo(`fetching ${file}: ${tenth * 10} % of ${(total / 1e6).toFixed(1)} MB`)
    }
  }
}

/**
 * Asks the source of a dataset, as the settings say.
 *
 * @category accessors
 */
export const ask = Effect.fnUntraced(function* <A>(
  name: string,
  question: (source: DatasetSource["Service"], options: LoadOptions) => Effect.Effect<A, DatasetError>
) {
  const { settings } = yield* RunConfig.load()
  return yield* Effect.flatMap(DatasetSource, (source) => question(source, options(settings.data))).pipe(
    Effect.provide(layer(name, settings.data))
  )
})

/**
 * Loads a dataset as the settings say.
 *
 * @category loading
 */
export const load = (name: string, data: Data): Effect.Effect<Dataset, DatasetError> =>
  name === "csv"
    ? Effect.provide(Effect.flatMap(tableOf(data), readTable), NodeServices.layer)
    : Effect.flatMap(DatasetSource, (source) => source.load(name, options(data))).pipe(
        Effect.provide(layer(name, data))
      )

const info = (name: string, data: Data) =>
  Effect.flatMap(DatasetSource, (source) => source.info(name)).pipe(Effect.provide(layer(name, data)))

/**
 * The images and classes that a network must fit, known before the dataset is loaded.
 *
 * @category loading
 */
export const facts = (name: string, data: Data) =>
  Effect.map(info(name, data), ({ channels, classNames, height, title, width }) => ({
    title,
    classNames,
    shape: { height, width, channels }
  }))

/**
 * The statistics of the training images; for a folder, its images are read.
 *
 * @category loading
 */
export const statistics = Effect.fnUntraced(function* (name: string, data: Data) {
  const { deviation, mean } = yield* info(name, data)
  return mean && deviation ? { mean, deviation } : (yield* load(name, data)).statistics
})
