import { Effect, FileSystem, Path } from "effect"
import { FileError, fileError, makeDirectories, writeAtomic } from "../files/Files.js"
import * as Comparison from "../report/Comparison.js"
import * as ComparisonPage from "../report/ComparisonPage.js"
import * as RunRecord from "../report/RunRecord.js"
import * as EventLog from "../run/EventLog.js"
import * as RunDirectory from "./RunDirectory.js"
import * as RunInfo from "./RunInfo.js"

/** The runs of a directory: its own, or those of its seeds. */
const directoriesOf = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const names = yield* Effect.orElseSucceed(fs.readDirectory(directory), () => [])
  const seeds = names.filter((name) => /^seed-\d+$/.test(name)).map((name) => Number(name.slice("seed-".length)))
  return seeds.length === 0 ? [directory] : seeds.sort((a, b) => a - b).map((seed) => `${directory}/seed-${seed}`)
})

const runOf = Effect.fnUntraced(function* (directory: string) {
  const run = yield* RunDirectory.open(directory)
  const { rest, started } = yield* EventLog.read(run.events)
  const { plan } = yield* RunInfo.read(run.run)
  return { record: RunRecord.fromEvents(started, rest), plan }
})

/** The shortest ends of the paths that tell them apart. */
const namesOf = (paths: ReadonlyArray<string>): ReadonlyArray<string> => {
  const parts = paths.map((path) => path.split(/[\\/]/))
  const longest = Math.max(...parts.map(({ length }) => length))
  for (let length = 1; length < longest; length++) {
    const names = parts.map((part) => part.slice(-length).join("/"))
    if (new Set(names).size === names.length) return names
  }
  return paths
}

/**
 * A comparison: a table of scores and costs, the settings in which the plans differ, curves and a page.
 *
 * @category models
 */
export interface Compared {
  readonly scores: Comparison.Table
  readonly settings: Comparison.Table
  readonly curvesSvg: string
  readonly html: string
  /** Both tables as text. */
  readonly text: string
}

/**
 * Compares the runs in directories; one that several seeds were trained in counts as one, with mean and deviation of its runs.
 *
 * **Errors** `FileError` if there are fewer than two directories, or one holds no run; `EventLogError` if a log is damaged.
 *
 * @category reports
 */
export const compare = Effect.fn("Compare.compare")(function* (directories: ReadonlyArray<string>) {
  const path = yield* Path.Path
  const paths = [...new Set(directories.map((directory) => path.resolve(directory)))]
  if (paths.length < 2) {
    return yield* new FileError({
      reason: `there is nothing to compare: ${paths.length} different ${paths.length === 1 ? "directory was" : "directories were"} given`,
      fix: "name the directories of two runs or more"
    })
  }
  const names = namesOf(paths)
  const groups = yield* Effect.forEach(paths, (directory, i) =>
    Effect.gen(function* () {
      const runs = yield* Effect.forEach(yield* directoriesOf(directory), runOf)
      return { name: names[i] ?? directory, runs }
    })
  )
  const scores = Comparison.table(groups)
  const settings = Comparison.settings(groups)
  return {
    scores,
    settings,
    curvesSvg: ComparisonPage.curves(groups),
    html: ComparisonPage.render(groups),
    text: Comparison.text(scores, settings)
  } satisfies Compared
})

/**
 * Writes `compare.html`, `compare.svg` and `compare.txt` of a comparison into `directory`, and gives their paths.
 *
 * @category reports
 */
export const write = Effect.fn("Compare.write")(function* (directory: string, compared: Compared) {
  const path = (yield* Path.Path).resolve(directory)
  yield* makeDirectories(path).pipe(Effect.mapError(fileError(`could not make ${path}`)))
  const files = [
    [`${path}/compare.html`, compared.html],
    [`${path}/compare.svg`, compared.curvesSvg],
    [`${path}/compare.txt`, compared.text]
  ] as const
  yield* Effect.forEach(files, ([file, content]) => writeAtomic(file, content), { discard: true })
  return files.map(([file]) => file)
})
