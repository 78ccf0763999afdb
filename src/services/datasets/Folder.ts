import { Effect, FileSystem, Path, Result } from "effect"
import * as Dataset from "../../data/Dataset.js"
import { DatasetError } from "../../data/DatasetError.js"
import * as ImageFile from "../../data/ImageFile.js"
import * as ImageSet from "../../data/ImageSet.js"
import * as Split from "../../data/Split.js"
import { type FileError, fileError } from "../files/Files.js"
import { defaultTestFraction } from "./TestFraction.js"

/**
 * A folder of images, and how they are read.
 *
 * @category models
 */
export interface FolderOptions {
  /** Has `train/<class>/` and `test/<class>/` with the images, or `<class>/` alone. */
  readonly directory: string
  /** Every image is scaled and cut to it, as `ImageFile.decode` says. */
  readonly shape: ImageFile.FileShape
  /** The fraction of the images that become the test set where there are no `train` and `test`; `defaultTestFraction` by default. */
  readonly testFraction?: number
  /** Chooses those images; 0 by default. */
  readonly seed?: number
}

/** The files of a folder, each with the number of its class; `test` is undefined where it is still to be split off. */
export interface Listing {
  readonly classNames: ReadonlyArray<string>
  readonly train: ReadonlyArray<LabelledFile>
  readonly test: ReadonlyArray<LabelledFile> | undefined
}

interface LabelledFile {
  readonly path: string
  readonly label: number
}

const isImage = (name: string): boolean => /\.(png|jpe?g|webp)$/i.test(name)

const refuse = (directory: string, problems: ReadonlyArray<string>): Result.Result<void, DatasetError> =>
  problems.length === 0
    ? Result.void
    : Result.fail(
        new DatasetError({
          op: "read",
          reason: `the images in ${directory} cannot be used:${problems.map((problem) => `\n    ${problem}`).join("")}`,
          fix: "repair or remove what is named; images lie as PNG, JPEG or WebP files in <class>/, or in train/<class>/ and test/<class>/"
        })
      )

/** The names in a folder but for the hidden ones, in the order of their characters. */
const namesIn = Effect.fnUntraced(function* (folder: string) {
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
  yield* Effect.fromResult(refuse(directory, problems))
  if (ignored.length > 0) {
    yield* Effect.logInfo(`ignored, as they are not PNG, JPEG or WebP files: ${ignored.join(", ")}`)
  }
  const files = (classes: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlyArray<LabelledFile> =>
    classNames.flatMap((name, label) => (classes.get(name) ?? []).map((file) => ({ path: file, label })))
  return { classNames, train: files(train), test: test && files(test) } satisfies Listing
})

/** Decodes files into one block of memory, some at a time; those that cannot be read go to `problems`. */
const decode = Effect.fnUntraced(function* (
  files: ReadonlyArray<LabelledFile>,
  shape: ImageFile.FileShape,
  problems: Array<string>
) {
  const fs = yield* FileSystem.FileSystem
  const size = ImageSet.imageBytes(shape)
  const images = yield* Effect.try({
    try: () => new Uint8Array(files.length * size),
    catch: (cause) =>
      new DatasetError({
        op: "option",
        reason: `${files.length} images of ${shape.height}x${shape.width}x${shape.channels} need ${files.length * size} bytes of memory, which the system does not give`,
        fix: "use smaller images",
        cause
      })
  })
  yield* Effect.forEach(
    files,
    ({ path }, index) =>
      Effect.mapError(fs.readFile(path), fileError(path)).pipe(
        Effect.flatMap((bytes) =>
          Effect.mapError(ImageFile.decode(bytes, shape), ({ reason }) => ({ reason: `${path}: ${reason}` }))
        ),
        Effect.match({
          onSuccess: (pixels) => images.set(pixels, index * size),
          onFailure: ({ reason }) => void problems.push(reason)
        })
      ),
    { concurrency: 8, discard: true }
  )
  return yield* Effect.fromResult(
    ImageSet.make(
      shape,
      images,
      files.map(({ label }) => label)
    )
  )
})

/**
 * Reads a folder of images.
 *
 * **Errors** `DatasetError` as of `list`; one that names every file that cannot be read or decoded; one for a fraction or shape that makes no sense.
 */
export const read = Effect.fn("Folder.read")(function* (name: string, options: FolderOptions) {
  const { directory, seed = 0, shape, testFraction = defaultTestFraction } = options
  yield* Effect.fromResult(ImageSet.checkShape(shape))
  if (!(testFraction > 0 && testFraction < 1)) {
    return yield* new DatasetError({
      op: "option",
      reason: `the part of the images to test on is ${testFraction}; expected more than 0 and less than 1`,
      fix: "give a fraction such as 0.2"
    })
  }
  const { classNames, test, train } = yield* list(directory)
  const problems: Array<string> = []
  const first = yield* decode(train, shape, problems)
  const second = yield* decode(test ?? [], shape, problems)
  yield* Effect.fromResult(refuse(directory, problems.toSorted()))
  const parts =
    test === undefined
      ? Result.map(Split.split(first, testFraction, seed), ({ train, validation }) => ({ train, test: validation }))
      : Result.succeed({ train: first, test: second })
  return yield* Effect.fromResult(Result.flatMap(parts, (sets) => Dataset.make({ name, classNames, ...sets })))
})
