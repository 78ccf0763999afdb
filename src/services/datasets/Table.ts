import { Effect, FileSystem, Path, Result } from "effect"
import { DatasetError } from "../../data/DatasetError.js"
import { fileError } from "../files/Files.js"
import * as Csv from "./Csv.js"
import * as Listing from "./Listing.js"

/**
 * A table (CSV) of the paths of images and their labels, and how they are read.
 *
 * @category models
 */
export interface TableOptions extends Csv.Columns, Listing.ReadOptions {
  /** The table; paths in it are relative to its folder. */
  readonly file: string
}

const layout =
  "a table has a header and a row for each image: path,label and, if the images are split, a column split with train or test"

/**
 * Lists the images of a table.
 *
 * **Errors** one `DatasetError` that names everything that is wrong with its line: as `Csv.table` says, and files that are not there.
 */
export const list = Effect.fn("Table.list")(function* ({ file, ...columns }: Csv.Columns & { readonly file: string }) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const text = yield* Effect.mapError(fs.readFileString(file), (error) => {
    const { fix, reason } = fileError(`could not read the table ${file}`)(error)
    return new DatasetError({ op: "read", reason, fix, cause: error })
  })
  const table = Csv.table(text, columns)
  if (Result.isFailure(table)) {
    return yield* Result.match(Listing.refuse(file, table.failure, layout), {
      onFailure: Effect.fail,
      onSuccess: () => Effect.die(new Error("a table failed without a reason"))
    })
  }
  const { names, rows, task } = table.success
  const folder = path.dirname(path.resolve(file))
  const problems: Array<string> = []
  const entries = yield* Effect.forEach(
    rows,
    ({ label, line, path: name, split }) => {
      const inside = path.resolve(folder, name)
      return Effect.mapError(fs.stat(inside), fileError(name)).pipe(
        Effect.catch(({ reason }) => Effect.sync(() => void problems.push(`line ${line}: ${reason}`))),
        Effect.as({ path: inside, part: undefined, label, split })
      )
    },
    { concurrency: 16 }
  )
  const isSplit = entries.some(({ split }) => split !== undefined)
  for (const part of isSplit ? ["train", "test"] : []) {
    if (!entries.some(({ split }) => split === part)) problems.push(`no row has the split ${part}`)
  }
  yield* Effect.fromResult(Listing.refuse(file, problems, layout))
  return {
    from: file,
    task,
    classNames: names,
    train: entries.filter(({ split }) => split !== "test"),
    test: isSplit ? entries.filter(({ split }) => split === "test") : undefined
  } satisfies Listing.Listing
})
