import { Effect, FileSystem, Path, type Scope } from "effect"
import { FileError, fileError, makeDirectories } from "../files/Files.js"
import * as RunLock from "./RunLock.js"

/**
 * The paths of a run's files.
 *
 * @category models
 */
export interface RunDirectory {
  readonly path: string
  readonly config: string
  readonly run: string
  readonly events: string
  readonly checkpoints: string
  /** The weights of the finished run, with PyTorch's names and layouts. */
  readonly weights: string
  readonly curvesSvg: string
  readonly curvesPng: string
  readonly report: string
  readonly summary: string
}

/**
 * The paths of the files in a run directory; reads and writes nothing.
 *
 * @category constructors
 */
export const at = Effect.fnUntraced(function* (directory: string): Effect.fn.Return<RunDirectory, never, Path.Path> {
  const path = yield* Path.Path
  const absolute = path.resolve(directory)
  const file = (name: string) => path.join(absolute, name)
  return {
    path: absolute,
    config: file("config.json"),
    run: file("run.json"),
    events: file("events.jsonl"),
    checkpoints: file("checkpoints"),
    weights: file("weights.safetensors"),
    curvesSvg: file("curves.svg"),
    curvesPng: file("curves.png"),
    report: file("report.html"),
    summary: file("summary.txt")
  }
})

const isRun = (names: ReadonlyArray<string>): boolean =>
  ["config.json", "run.json", "events.jsonl"].some((name) => names.includes(name))

/** What a run leaves behind that was killed before it wrote `run.json`. */
const isLeftover = (name: string): boolean => name === "checkpoints" || name.endsWith(".tmp") || RunLock.isLock(name)

const namesIn = (run: RunDirectory) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    return yield* fs
      .readDirectory(run.path)
      .pipe(Effect.mapError(fileError(`could not open the run directory ${run.path}`)))
  })

/**
 * Makes the directory of a new run, and locks it until the scope closes.
 *
 * **Errors** `FileError` if the directory holds a run or other files, or if another process has locked it.
 *
 * @category constructors
 */
export const create: (
  directory: string
) => Effect.Effect<RunDirectory, FileError, FileSystem.FileSystem | Path.Path | Scope.Scope> = Effect.fn(
  "RunDirectory.create"
)(function* (directory) {
  const run = yield* at(directory)
  const cannot = Effect.mapError(fileError(`could not make the run directory ${run.path}`))
  yield* cannot(makeDirectories(run.path))
  const names = yield* namesIn(run)
  if (isRun(names)) {
    return yield* new FileError({
      reason: `${run.path} already holds a run`,
      fix: "resume it (--resume), or name another directory"
    })
  }
  const others = names.filter((name) => !isLeftover(name))
  if (others.length > 0) {
    return yield* new FileError({
      reason: `${run.path} is not empty and holds no run (${others.slice(0, 3).join(", ")}${others.length > 3 ? ", ..." : ""})`,
      fix: "name a directory that is new, empty, or of an earlier run to be resumed"
    })
  }
  yield* RunLock.hold(run.path)
  yield* cannot(makeDirectories(run.checkpoints))
  return run
})

/**
 * Opens the directory of a run, to read from it.
 *
 * @category constructors
 */
export const open = Effect.fn("RunDirectory.open")(function* (directory: string) {
  const run = yield* at(directory)
  if (!isRun(yield* namesIn(run))) {
    return yield* new FileError({
      reason: `${run.path} is no run directory: it has neither config.json, run.json nor events.jsonl`,
      fix: "name the directory that a training run printed"
    })
  }
  return run
})

/**
 * The directory of a run that is to be resumed; writes nothing.
 *
 * **Errors** `FileError` if there is no run.
 *
 * @category constructors
 */
export const resumable = Effect.fnUntraced(function* (directory: string) {
  const run = yield* at(directory)
  const names = yield* Effect.orElseSucceed(namesIn(run), () => [])
  if (isRun(names)) return run
  return yield* new FileError({
    reason: `there is no run in ${run.path} to be resumed`,
    fix: "name the directory that the run printed, or leave --resume out to begin a run there"
  })
})

/**
 * Opens the directory of a run that is to be resumed, and locks it until the scope closes; changes nothing else in it.
 *
 * **Errors** `FileError` if there is no run, or if another process has locked the directory.
 *
 * @category constructors
 */
export const reopen: (
  directory: string
) => Effect.Effect<RunDirectory, FileError, FileSystem.FileSystem | Path.Path | Scope.Scope> = Effect.fn(
  "RunDirectory.reopen"
)(function* (directory) {
  const run = yield* resumable(directory)
  yield* RunLock.hold(run.path)
  return run
})
