import { Config, Effect, FileSystem, Option, Path } from "effect"
import * as UserDirectories from "effect/persistence/UserDirectories"
import { DatasetError } from "../../data/DatasetError.js"
import { writeAtomic } from "../files/Files.js"
import * as Catalogue from "./Catalogue.js"
import * as Content from "./Content.js"
import * as Directory from "./Directory.js"
import { type Progress, writeError } from "./Download.js"
import * as Sources from "./Sources.js"

/**
 * Where to look first, over the environment's `EFFECT_TENSORFLOW_DATA_DIR` and `EFFECT_TENSORFLOW_DATA_MIRROR`.
 *
 * @category models
 */
export interface LoadOptions {
  /** A folder with the official files, or with a subfolder of the dataset's name that has them. */
  readonly directory?: string | undefined
  /** An address below which `<dataset>/<official file>` lies; both kinds of CIFAR-100 lie below `cifar100`. */
  readonly mirror?: string | undefined
  /** Called after every piece that is downloaded. */
  readonly onProgress?: ((progress: Progress) => Effect.Effect<void>) | undefined
}

/** A variable of the environment. */
export const setting = (name: string): Effect.Effect<string | undefined, DatasetError> =>
  Config.option(Config.NonEmptyString(name)).pipe(
    Effect.map(Option.getOrUndefined),
    Effect.mapError(
      (cause) =>
        new DatasetError({
          op: "option",
          reason: `${name}: ${cause.message}`,
          fix: `set ${name} to a value, or unset it`,
          cause
        })
    )
  )

/** A folder below `EFFECT_TENSORFLOW_CACHE`, else below the platform's cache folder of the user. */
export const cacheFolder = (name: string) =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    const root =
      (yield* setting("EFFECT_TENSORFLOW_CACHE")) ?? (yield* UserDirectories.make().cache("effect-tensorflow"))
    return path.resolve(root, name)
  }).pipe(
    Effect.mapError(
      (cause) =>
        new DatasetError({
          op: "write",
          reason: `there is no folder for the cache: ${cause.message}`,
          fix: "set EFFECT_TENSORFLOW_CACHE to a folder that can be written",
          cause
        })
    )
  )

/** The datasets of a catalogue by name: from a directory, the user's cache, or fetched into it. */
export const make = Effect.fnUntraced(function* (entries: ReadonlyArray<Catalogue.Entry>) {
  const context = yield* Effect.context<Sources.Platform>()
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  const cacheFile = (entry: Catalogue.Entry) =>
    Effect.map(cacheFolder("datasets"), (folder) => path.join(folder, `${entry.store}.u8`))

  const store = Effect.fnUntraced(function* (file: string, bytes: Uint8Array) {
    const folder = path.dirname(file)
    yield* Effect.mapError(fs.makeDirectory(folder, { recursive: true }), writeError(`could not make ${folder}`))
    yield* Effect.mapError(
      writeAtomic(file, bytes),
      (cause) =>
        new DatasetError({
          op: "write",
          reason: cause.reason,
          fix: `${cause.fix}, or set EFFECT_TENSORFLOW_CACHE`,
          cause
        })
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
    return yield* Effect.mapError(Sources.decode(entry, entry.layout, members.value, directory), (error) =>
      error.withReason(`in ${directory}: ${error.reason}`)
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
    const entry = yield* Catalogue.find(entries, name)
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
      // A concurrent fetch may have removed the downloads; then it has filled the cache.
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

  return {
    names: entries.map(({ name }) => name),
    load: (name: string, options: LoadOptions = {}) =>
      obtain(name, options, false).pipe(
        Effect.map(({ dataset }) => dataset),
        Effect.withSpan("DatasetSource.load", { attributes: { name } }),
        Effect.provide(context)
      ),
    fetch: (name: string, options: LoadOptions = {}) =>
      obtain(name, options, true).pipe(
        Effect.map(({ bytes, file, from }) => ({ name, from, path: file, bytes: bytes.length })),
        Effect.withSpan("DatasetSource.fetch", { attributes: { name } }),
        Effect.provide(context)
      ),
    info: Effect.fn("DatasetSource.info")(function* (name: string) {
      const entry = yield* Catalogue.find(entries, name)
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
  }
})
