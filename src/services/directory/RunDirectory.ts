import { Effect, FileSystem, Path } from "effect"
import { FileError, fileError, makeDirectories } from "../files/Files.js"

/** The paths of everything that a run leaves behind. */
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

/** Names the files of the run directory at `path`; touches nothing. */
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

/**
 * Makes the directory of a new run, or takes the one of a run to be resumed.
 *
 * Nothing is ever overwritten by mistake: an existing run is taken only with `resume`, and a directory with other things in it never.
 */
export const create = Effect.fn("RunDirectory.create")(function* (
  directory: string,
  options: { readonly resume: boolean }
) {
  const fs = yield* FileSystem.FileSystem
  const run = yield* at(directory)
  const cannot = Effect.mapError(fileError(`could not make the run directory ${run.path}`))
  yield* cannot(makeDirectories(run.path))
  const names = yield* cannot(fs.readDirectory(run.path))
  if (names.length > 0 && !isRun(names)) {
    return yield* new FileError({
      reason: `${run.path} is not empty and holds no run (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", ..." : ""})`,
      fix: "name a directory that is new, empty, or of an earlier run to be resumed"
    })
  }
  if (names.length > 0 && !options.resume) {
    return yield* new FileError({
      reason: `${run.path} already holds a run`,
      fix: "resume it (--resume), or name another directory"
    })
  }
  yield* cannot(makeDirectories(run.checkpoints))
  return run
})

/** Takes the directory of an earlier run, to read from it. */
export const open = Effect.fn("RunDirectory.open")(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const run = yield* at(directory)
  const names = yield* fs
    .readDirectory(run.path)
    .pipe(Effect.mapError(fileError(`could not open the run directory ${run.path}`)))
  if (!isRun(names)) {
    return yield* new FileError({
      reason: `${run.path} is no run directory: it has neither config.json, run.json nor events.jsonl`,
      fix: "name the directory that a training run printed"
    })
  }
  return run
})
