import { Effect, FileSystem, Path } from "effect"
import { DatasetError } from "../../data/DatasetError.js"
import { type FileError, fileError } from "../files/Files.js"
import * as Listing from "./Listing.js"

/**
 * A folder of images, and how they are read.
 *
 * @category models
 */
export interface FolderOptions extends Listing.ReadOptions {
  /** Has `train/<class>/` and `test/<class>/` with the images, or `<class>/` alone. */
  readonly directory: string
}

export const isImage = (name: string): boolean => /\.(png|jpe?g|webp)$/i.test(name)

/** The names in a folder but for the hidden ones, in the order of their characters. */
export const namesIn = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const names = yield* Effect.mapError(fs.readDirectory(folder), fileError(folder))
  return names.filter((name) => !name.startsWith(".")).sort()
})

/** Whether a path leads to a folder, through links too. */
const isFolder = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  return (yield* Effect.mapError(fs.stat(path), fileError(path))).type === "Directory"
})

/** The images below `root` by class, a folder each; what is wrong there goes to `problems`, other files to `ignored`. */
const scan = Effect.fnUntraced(function* (root: string, problems: Array<string>, ignored: Array<string>) {
  const path = yield* Path.Path
  const classes = new Map<string, ReadonlyArray<string>>()
  const noting = <A, R>(effect: Effect.Effect<A, { readonly reason: string }, R>, otherwise: A) =>
    Effect.catch(effect, ({ reason }) => {
      problems.push(reason)
      return Effect.succeed(otherwise)
    })

  for (const name of yield* noting(namesIn(root), [])) {
    const folder = path.join(root, name)
    if (isImage(name)) {
      problems.push(`${folder}: an image beside the folders of the classes`)
    } else if (yield* noting(isFolder(folder), false)) {
      const images: Array<string> = []
      for (const file of yield* noting(namesIn(folder), [])) {
        const inside = path.join(folder, file)
        if (isImage(file)) images.push(inside)
        else if (yield* noting(isFolder(inside), false)) problems.push(`${inside}: a folder inside that of a class`)
        else ignored.push(inside)
      }
      classes.set(name, images)
    } else {
      ignored.push(folder)
    }
  }
  return classes
})

/**
 * Lists the images of a folder: its classes are the folders in it, in the order of their names; links are followed, hidden files and
 * other kinds of files are ignored.
 *
 * **Errors** one `DatasetError` that names everything that is wrong: what cannot be read, fewer than two classes, a class without training images,
 * a class that only the test has, an image or a folder in the wrong place.
 */
export const list = Effect.fn("Folder.list")(function* (directory: string) {
  const path = yield* Path.Path
  const readError = (cause: FileError) =>
    new DatasetError({
      op: "read",
      reason: `could not read the folder of images ${cause.reason}`,
      fix: cause.fix,
      cause
    })
  const names = yield* Effect.mapError(namesIn(directory), readError)
  const problems: Array<string> = []
  const ignored: Array<string> = []
  const parts = { train: path.join(directory, "train"), test: path.join(directory, "test") }
  const split = names.includes("train")
  if (split && !names.includes("test")) {
    problems.push(`${parts.train} has no ${parts.test} beside it`)
  }
  const train = yield* scan(split ? parts.train : directory, problems, ignored)
  const test = split && names.includes("test") ? yield* scan(parts.test, problems, ignored) : undefined
  const classNames = [...train.keys()]
  if (classNames.length < 2 && problems.length === 0) {
    const found = classNames.length === 0 ? "no folder of a class" : "only one class"
    problems.push(`${split ? parts.train : directory}: there is ${found}; expected a folder each for two or more`)
  }
  for (const [name, files] of train) {
    if (files.length === 0) problems.push(`${path.join(split ? parts.train : directory, name)}: there is no image`)
  }
  for (const name of test?.keys() ?? []) {
    if (!train.has(name)) problems.push(`${path.join(parts.test, name)}: there is no such class in ${parts.train}`)
  }
  yield* Effect.fromResult(
    Listing.refuse(
      directory,
      problems,
      "images lie as PNG, JPEG or WebP files in <class>/, or in train/<class>/ and test/<class>/"
    )
  )
  if (ignored.length > 0) {
    yield* Effect.logInfo(`ignored, as they are not PNG, JPEG or WebP files: ${ignored.join(", ")}`)
  }
  const files = (classes: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlyArray<Listing.Entry> =>
    classNames.flatMap((name, label) =>
      (classes.get(name) ?? []).map((file) => ({ path: file, part: undefined, label }))
    )
  return {
    from: directory,
    task: "classes",
    classNames,
    train: files(train),
    test: test && files(test)
  } satisfies Listing.Listing
})
