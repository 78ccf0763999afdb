import { dirname } from "node:path"
import { Effect, FileSystem, type PlatformError, Schema } from "effect"

/** A file could not be read or written: `reason` says which and why, `fix` what to do about it. */
export class FileError extends Schema.TaggedError<FileError>()("FileError", {
  reason: Schema.String,
  fix: Schema.String
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

/** Turns a platform error into a `FileError` that a person understands; `what` is the sentence's beginning: "could not write a.txt". */
export const fileError =
  (what: string) =>
  (error: PlatformError.PlatformError): FileError => {
    const detail = error.cause instanceof Error ? error.cause.message : error.message
    const [, reason, fix] = known.find(([pattern]) => pattern.test(detail)) ?? [
      undefined,
      detail,
      "see the system's message"
    ]
    return new FileError({ reason: `${what}: ${reason}`, fix })
  }

/**
 * Makes a directory and those above it, where they are missing.
 *
 * One by one, because Node's own recursion never ends below a directory that takes none, such as `/proc`.
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

/** Writes a file whole or not at all: to a temporary name beside it, flushed to the disk, then renamed. */
export const writeAtomic = Effect.fn("Files.writeAtomic")(function* (path: string, content: string | Uint8Array) {
  const fs = yield* FileSystem.FileSystem
  const temporary = `${path}.${globalThis.crypto.randomUUID().slice(0, 8)}.tmp`
  yield* Effect.scoped(
    Effect.gen(function* () {
      const file = yield* fs.open(temporary, { flag: "wx" })
      yield* file.writeAll(typeof content === "string" ? new TextEncoder().encode(content) : content)
      yield* file.sync
    })
  ).pipe(
    Effect.andThen(fs.rename(temporary, path)),
    Effect.onError(() => Effect.ignore(fs.remove(temporary, { force: true }))),
    Effect.mapError(fileError(`could not write ${path}`))
  )
})

/** Writes a new directory of files whole or not at all: under a temporary name beside it, then renamed. */
export const writeDirectoryAtomic = Effect.fn("Files.writeDirectoryAtomic")(function* (
  path: string,
  files: ReadonlyArray<readonly [name: string, content: string | Uint8Array]>
) {
  const fs = yield* FileSystem.FileSystem
  const temporary = `${path}.${globalThis.crypto.randomUUID().slice(0, 8)}.tmp`
  const cannot = Effect.mapError(fileError(`could not write ${path}`))
  yield* cannot(fs.makeDirectory(temporary)).pipe(
    Effect.andThen(Effect.forEach(files, ([name, content]) => writeAtomic(`${temporary}/${name}`, content))),
    Effect.andThen(cannot(fs.rename(temporary, path))),
    Effect.onError(() => Effect.ignore(fs.remove(temporary, { recursive: true, force: true })))
  )
})
