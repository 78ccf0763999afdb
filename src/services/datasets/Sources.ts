import { statfs } from "node:fs/promises"
import { Effect, FileSystem, Path } from "effect"
import type { HttpClient } from "effect/http"
import type { ChildProcessSpawner } from "effect/process"
import type { Dataset } from "../../data/Dataset.js"
import { DatasetError } from "../../data/DatasetError.js"
import * as Archive from "./Archive.js"
import type { Entry, Package } from "./Catalogue.js"
import * as Content from "./Content.js"
import { download, type Progress, writeError } from "./Download.js"
import type { Layout, Members } from "./FileLayout.js"
import * as Registry from "./Registry.js"

/** What fetching needs of the machine. */
export type Platform =
  | FileSystem.FileSystem
  | Path.Path
  | HttpClient.HttpClient
  | ChildProcessSpawner.ChildProcessSpawner

/** A dataset, its bytes as `Content` lays them out, and where it came from. */
export interface Loaded {
  readonly from: string
  readonly bytes: Uint8Array
  readonly dataset: Dataset<"classes">
}

/** Decodes files to a dataset and checks that it is the official one. */
export const decode = Effect.fnUntraced(function* (entry: Entry, layout: Layout, members: Members, from: string) {
  const bytes = Content.fromParts(yield* layout.decode(members))
  const dataset = yield* Effect.fromResult(Content.toDataset(entry, bytes))
  return { from, bytes, dataset }
})

/** Decodes the official files at an address. */
const fromAddress = Effect.fnUntraced(function* (
  entry: Entry,
  address: string,
  downloads: string,
  onProgress: (progress: Progress) => Effect.Effect<void>
) {
  const members = yield* Effect.forEach(entry.files, (file) =>
    Effect.flatMap(download(`${address}/${file.name}`, file, downloads, onProgress), (bytes) =>
      Archive.unpack(file.name, bytes, Content.unpackedLimit(entry))
    )
  )
  return yield* decode(entry, entry.layout, new Map(members.flatMap((files) => [...files])), address)
})

/** Decodes what a package holds; its progress is known only at the end. */
const fromPackage = (
  entry: Entry,
  source: Package,
  folder: string,
  onProgress: (progress: Progress) => Effect.Effect<void>
) => {
  const from = `${source.manager} package ${source.name}`
  return {
    from,
    get: onProgress({ file: source.name, received: 0, total: source.bytes }).pipe(
      Effect.andThen(Registry.fetch(source, folder, Content.unpackedLimit(entry))),
      Effect.flatMap((members) => decode(entry, source.layout, members, from))
    )
  }
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`

/** Refuses a fetch that would fill the disk: apt-get, for one, waits for ever on a full one. */
const checkSpace = Effect.fnUntraced(function* (entry: Entry, folder: string) {
  const fs = yield* FileSystem.FileSystem
  yield* Effect.mapError(fs.makeDirectory(folder, { recursive: true }), writeError(`could not make ${folder}`))
  const archive = Math.max(
    entry.files.reduce((sum, { bytes }) => sum + bytes, 0),
    // A package is there twice for a while, packed and unpacked.
    2 * (entry.package?.bytes ?? 0)
  )
  const needed = archive + Content.size(entry)
  const free = yield* Effect.promise(() =>
    statfs(folder).then(
      ({ bavail, bsize }) => bavail * bsize,
      // Where the system does not say, a full disk shows when it is written to.
      () => Number.POSITIVE_INFINITY
    )
  )
  if (free < needed) {
    return yield* new DatasetError({
      op: "write",
      reason: `fetching ${entry.title} needs ${megabytes(needed)} of disk space; ${folder} has ${megabytes(free)}`,
      fix: "free some space, or set EFFECT_TENSORFLOW_CACHE to a folder on another disk"
    })
  }
})

/**
 * Fetches a dataset from the first source that has it: the mirror, the official addresses, the package.
 *
 * A source that does not answer, or an official one with other data, is passed over for the next.
 *
 * **Errors** `DatasetError` for a mirror with other data, a full disk, and when no source has it.
 */
export const fetch = Effect.fn("Sources.fetch")(function* (
  entry: Entry,
  folder: string,
  mirror: string | undefined,
  onProgress: (progress: Progress) => Effect.Effect<void>
): Effect.fn.Return<Loaded, DatasetError, Platform> {
  const path = yield* Path.Path
  yield* checkSpace(entry, folder)
  const downloads = path.join(folder, "downloads", entry.store)
  const ownMirror = mirror === undefined ? [] : [`${mirror.replace(/\/+$/, "")}/${entry.store}`]
  const sources: Array<{ from: string; get: Effect.Effect<Loaded, DatasetError, Platform> }> = [
    ...ownMirror,
    ...entry.addresses
  ].map((from) => ({ from, get: fromAddress(entry, from, downloads, onProgress) }))
  if (entry.package !== undefined) {
    sources.push(fromPackage(entry, entry.package, folder, onProgress))
  }
  const failures: Array<DatasetError> = []
  for (const { from, get } of sources) {
    yield* Effect.logInfo(`fetching ${entry.title} from ${from}`)
    const result = yield* Effect.result(get)
    if (result._tag === "Success") {
      return result.success
    }
    const { op, reason } = result.failure
    if (op === "write" || (ownMirror.includes(from) && op !== "fetch")) {
      return yield* result.failure
    }
    failures.push(result.failure)
    yield* Effect.logInfo(`that failed: ${reason}`)
  }
  return yield* new DatasetError({
    op: "fetch",
    reason: `${entry.title} could not be fetched from any of its sources:${failures.map(({ reason }) => `\n    ${reason}`).join("")}`,
    fix:
      `connect to a network that reaches one of them, or put the official files (${entry.files.map(({ name }) => name).join(", ")}) ` +
      "into a folder and set EFFECT_TENSORFLOW_DATA_DIR to it",
    cause: new AggregateError(failures, `every source of ${entry.title} failed`)
  })
})
