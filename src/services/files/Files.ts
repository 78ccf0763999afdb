import { dirname, join } from "node:path"
import { Effect, FileSystem, type PlatformError, Schema } from "effect"
import { isAlive } from "./Process.js"

/**
 * A file could not be read or written: `reason` says which and why, `fix` what to do about it.
 *
 * @category errors
 */
export class FileError extends Schema.TaggedError<FileError>()("FileError", {
  reason: Schema.String,
  fix: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `${this.reason}\n  fix: ${this.fix}`
  }
}

const known: ReadonlyArray<readonly [pattern: RegExp, reason: string, fix: string]> = [
  [/ENOSPC/, "no space is left on the disk", "free some space, or choose a directory on another disk"],
  [/EDQUOT/, "the disk quota is used up", "free some space, or choose a directory on another disk"],
  [/ENOENT/, "it does not exist", "check the path"],
  [/EACCES|EPERM/, "permission is denied", "check the owner and the permissions of the directory"],
  [/EROFS/, "the file system is read-only", "choose a directory that can be written"],
  [/ENOTDIR/, "a part of its path is a file, not a directory", "choose another path"],
  [/EEXIST/, "there is a file of that name", "choose another path"],
  [/EISDIR/, "it is a directory, not a file", "choose another path"],
  [/EMFILE|ENFILE/, "too many files are open", "raise the limit of open files (ulimit -n)"]
]

/**
 * Makes a platform error a `FileError` with a plain message that begins with `what`, such as "could not write a.txt".
 *
 * @category errors
 */
export const fileError =
  (what: string) =>
  (error: PlatformError.PlatformError): FileError => {
    const detail = error.cause instanceof Error ? error.cause.message : error.message
    const [, reason, fix] = known.find(([pattern]) => pattern.test(detail)) ?? [
      undefined,
      detail,
      "see the system's message"
    ]
    return new FileError({ reason: `${what}: ${reason}`, fix, cause: error })
  }

/**
 * Makes a directory and its missing parents.
 *
 * One by one, because Node's own recursion never ends below a directory in which none can be made, such as `/proc`.
 *
 * @category writing
 */
export const makeDirectories = (
  directory: string
): Effect.Effect<void, PlatformError.PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    if (yield* fs.exists(directory)) return
    const above = dirname(directory)
    if (above !== directory) yield* makeDirectories(above)
    // Another program may have made it meanwhile.
    yield* Effect.catchIf(
      fs.makeDirectory(directory),
      ({ reason }) => reason._tag === "AlreadyExists",
      () => Effect.void
    )
  })

/** The temporary names that this process is using now. */
const writing = new Set<string>()

/**
 * A temporary name next to `path` with the number of this process, so that leftovers of a killed process can be told from work in progress.
 *
 * @category writing
 */
export const temporaryFor = (path: string): string =>
  `${path}.${process.pid}-${globalThis.crypto.randomUUID().slice(0, 8)}.tmp`

/** Writes under a temporary name, then renames; removes the temporary name on any failure. */
const replacing = <E, R>(
  path: string,
  write: (temporary: string) => Effect.Effect<void, E | PlatformError.PlatformError, R>
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const temporary = temporaryFor(path)
    writing.add(temporary)
    yield* write(temporary).pipe(
      Effect.andThen(fs.rename(temporary, path)),
      Effect.onError(() => Effect.ignore(fs.remove(temporary, { recursive: true, force: true }))),
      Effect.ensuring(Effect.sync(() => writing.delete(temporary)))
    )
  })

const writeWhole = Effect.fnUntraced(function* (path: string, content: string | Uint8Array) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.open(path, { flag: "wx" })
  yield* file.writeAll(typeof content === "string" ? new TextEncoder().encode(content) : content)
  yield* file.sync
}, Effect.scoped)

/** Flushes the entries of a directory, so that a rename in it survives a power cut; where directories cannot be opened, that is left to the system. */
const syncDirectory = (directory: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    yield* (yield* fs.open(directory, { flag: "r" })).sync
  }).pipe(Effect.scoped, Effect.ignore)

/**
 * Writes a file whole or not at all: under a temporary name next to it, flushed to the disk, then renamed.
 *
 * @category writing
 */
export const writeAtomic = Effect.fn("Files.writeAtomic")(function* (path: string, content: string | Uint8Array) {
  yield* replacing(path, (temporary) => writeWhole(temporary, content)).pipe(
    Effect.andThen(syncDirectory(dirname(path))),
    Effect.mapError(fileError(`could not write ${path}`))
  )
})

/**
 * Writes a directory of files whole or not at all: under a temporary name next to it, then renamed. It replaces an existing one.
 *
 * @category writing
 */
export const writeDirectoryAtomic = Effect.fn("Files.writeDirectoryAtomic")(function* (
  path: string,
  files: ReadonlyArray<readonly [name: string, content: string | Uint8Array]>
) {
  const fs = yield* FileSystem.FileSystem
  yield* makeDirectories(dirname(path)).pipe(
    Effect.andThen(
      replacing(path, (temporary) =>
        fs.makeDirectory(temporary).pipe(
          Effect.andThen(
            Effect.forEach(files, ([name, content]) => writeWhole(join(temporary, name), content), { discard: true })
          ),
          Effect.andThen(syncDirectory(temporary)),
          // A directory can replace only an empty one.
          Effect.andThen(fs.remove(path, { recursive: true, force: true }))
        )
      )
    ),
    Effect.andThen(syncDirectory(dirname(path))),
    Effect.mapError(fileError(`could not write ${path}`))
  )
})

/**
 * Removes what killed processes left half-written in a directory; what cannot be removed stays.
 *
 * @category writing
 */
export const sweep = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const names = yield* Effect.orElseSucceed(fs.readDirectory(directory), () => [])
  for (const name of names) {
    const pid = /\.(\d+)-[0-9a-f]{8}\.tmp$/.exec(name)?.[1]
    const path = join(directory, name)
    const isStale = pid !== undefined && (Number(pid) === process.pid ? !writing.has(path) : !isAlive(Number(pid)))
    if (isStale) yield* Effect.ignore(fs.remove(path, { recursive: true, force: true }))
  }
})
