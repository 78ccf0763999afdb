import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { DatasetError } from "../../data/DatasetError.js"
import { DatasetSource, type LoadOptions } from "../datasets/DatasetSource.js"
import * as RunConfig from "./RunConfig.js"

type Data = RunConfig.Settings["data"]

/**
 * Where the dataset of that name comes from.
 *
 * @category layers
 */
export const layer = (name: string, data: Data): Layer.Layer<DatasetSource, DatasetError> =>
  (name === "folder" ? folder(data) : DatasetSource.layer).pipe(
    Layer.provide([NodeServices.layer, FetchHttpClient.layer])
  )

const folder = ({ channels, dir, size, testFraction }: Data) =>
  dir === null
    ? Layer.effect(
        DatasetSource,
        new DatasetError({
          op: "option",
          reason: 'the dataset "folder" is the images in a directory, and none is named',
          fix: "name it: data.dir in the configuration, --set data.dir=DIR, or EFFECT_TENSORFLOW_DATA_DIR"
        })
      )
    : DatasetSource.layerFolder({ directory: dir, shape: { height: size, width: size, channels }, testFraction })

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
export const load = (name: string, data: Data) =>
  Effect.flatMap(DatasetSource, (source) => source.load(name, options(data))).pipe(Effect.provide(layer(name, data)))

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
