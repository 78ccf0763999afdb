import { Effect, FileSystem, Option, Path } from "effect"
import { DatasetError } from "../../data/DatasetError.js"
import { fileError } from "../files/Files.js"
import * as Archive from "./Archive.js"
import type { Entry } from "./Catalogue.js"
import * as Content from "./Content.js"
import type { Members } from "./FileLayout.js"

const readError = (what: string) => {
  const describe = fileError(what)
  return (error: Parameters<typeof describe>[0]) => {
    const { fix, reason } = describe(error)
    return new DatasetError({ op: "read", reason, fix, cause: error })
  }
}

/** The subfolders in which people keep a dataset; the last are those of its archive and of torchvision. */
const subfolders = ({ folder, store, title }: Entry): ReadonlyArray<string> => [
  store,
  "",
  ...(folder === undefined ? [] : [folder, `${store}/${folder}`]),
  `${title.replaceAll("-", "")}/raw`
]

/**
 * The official files of a dataset in a folder or a subfolder of its name, packed or not; `None` when the folder has none of them.
 *
 * **Errors** `DatasetError` when the folder cannot be read, some of the files are missing, or one cannot be unpacked.
 */
export const read = Effect.fnUntraced(function* (
  entry: Entry,
  directory: string
): Effect.fn.Return<Option.Option<Members>, DatasetError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* Effect.mapError(fs.readDirectory(directory), readError(`could not read the data directory ${directory}`))
  for (const subfolder of subfolders(entry)) {
    const folder = path.join(directory, subfolder)
    // Most of the subfolders are missing; but one that may not be read must not send the search on to the network.
    const names = new Set(
      yield* Effect.catchIf(
        fs.readDirectory(folder),
        ({ reason }) => reason._tag !== "PermissionDenied",
        () => Effect.succeed([])
      ).pipe(Effect.mapError(readError(`could not read ${folder}`)))
    )
    const open = Effect.fnUntraced(function* (name: string) {
      const file = path.join(folder, name)
      const bytes = yield* Effect.mapError(fs.readFile(file), readError(`could not read ${file}`))
      const official = entry.files.find((known) => known.name === name)
      return yield* Effect.mapError(Archive.unpack(name, bytes, Content.unpackedLimit(entry)), (error) =>
        official === undefined || official.bytes === bytes.length
          ? error
          : error.withReason(`${error.reason} (in ${folder}; the official file has ${official.bytes} bytes)`)
      )
    })
    const archive = entry.files.find(({ name }) => name.endsWith(".tar.gz") && names.has(name))
    if (archive !== undefined) {
      return Option.some(yield* open(archive.name))
    }
    const { members } = entry.layout
    const missing = members.filter((member) => !names.has(member) && !names.has(`${member}.gz`))
    if (missing.length === 0) {
      const unpacked = yield* Effect.forEach(members, (member) => open(names.has(member) ? member : `${member}.gz`))
      return Option.some(new Map(unpacked.flatMap((files) => [...files])))
    }
    if (missing.length < members.length) {
      return yield* new DatasetError({
        op: "read",
        reason: `${folder} has some files of ${entry.title}, but not ${missing.join(", ")}`,
        fix: "put the missing files there, gzipped or not"
      })
    }
  }
  return Option.none()
})
