import { existsSync } from "node:fs"
import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem, Layer, type PlatformError } from "effect"

/** A new directory, in memory where the system has such: a killed process loses nothing that it has handed to the system, so that no disk is needed to see what it left. */
export const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) =>
  fs.makeTempDirectoryScoped({
    prefix: "torture-",
    ...(existsSync("/dev/shm") ? { directory: "/dev/shm" } : {})
  })
)

/** What is done to a file or directory. */
export type Operation = "open" | "write" | "sync" | "rename" | "remove" | "make" | "read" | "list" | "link"

/** One call of the file system that is about to be made; `path` is the new name of a rename. */
export interface Call {
  readonly operation: Operation
  readonly path: string
}

/** What a file system's functions give. */
export type Fails<A, R = never> = Effect.Effect<A, PlatformError.PlatformError, R>

/** Stands between a program and its files: each function is given the call, and makes it, or something else. */
export interface Between {
  readonly call: <A, R>(call: Call, run: Fails<A, R>) => Fails<A, R>
  /** `write` may be given a part of the bytes. */
  readonly write: (call: Call, bytes: Uint8Array, write: (bytes: Uint8Array) => Fails<void>) => Fails<void>
  readonly read: (call: Call, run: Fails<Uint8Array>) => Fails<Uint8Array>
}

/** Which file of a run directory a path is of. */
export const placeOf = (path: string): string => {
  if (path.includes("/checkpoints")) return "checkpoint"
  if (path.includes("events.jsonl")) return "log"
  if (path.includes("weights.safetensors")) return "weights"
  if (/(run|config)\.json/.test(path)) return "run.json"
  if (/curves|report|summary/.test(path)) return "report"
  return path.includes("/lock.") ? "lock" : "directory"
}

const interposed = (files: FileSystem.FileSystem, between: Between): FileSystem.FileSystem => {
  const file = (path: string, file: FileSystem.File): FileSystem.File => ({
    [FileSystem.FileTypeId]: FileSystem.FileTypeId,
    stat: file.stat,
    seek: (offset, from) => file.seek(offset, from),
    sync: between.call({ operation: "sync", path }, file.sync),
    read: (buffer, options) => file.read(buffer, options),
    readAlloc: (size, options) => file.readAlloc(size, options),
    truncate: (length) => file.truncate(length),
    write: (buffer) => file.write(buffer),
    writeAll: (bytes) => between.write({ operation: "write", path }, bytes, (part) => file.writeAll(part))
  })
  return FileSystem.make({
    ...files,
    open: (path, options) =>
      Effect.map(between.call({ operation: "open", path }, files.open(path, options)), (opened) => file(path, opened)),
    link: (from, path) => between.call({ operation: "link", path }, files.link(from, path)),
    rename: (from, path) => between.call({ operation: "rename", path }, files.rename(from, path)),
    remove: (path, options) => between.call({ operation: "remove", path }, files.remove(path, options)),
    makeDirectory: (path, options) => between.call({ operation: "make", path }, files.makeDirectory(path, options)),
    readDirectory: (path, options) => between.call({ operation: "list", path }, files.readDirectory(path, options)),
    readFile: (path) => between.read({ operation: "read", path }, files.readFile(path)),
    writeFile: (path, bytes, options) =>
      between.write({ operation: "write", path }, bytes, (part) => files.writeFile(path, part, options))
  })
}

/** This machine's files and processes, with `between` before every call that matters to a run. */
export const layer = (between: Between) =>
  Layer.provideMerge(
    Layer.effect(
      FileSystem.FileSystem,
      Effect.map(FileSystem.FileSystem, (files) => interposed(files, between))
    ),
    NodeServices.layer
  )
