import { open, stat } from "node:fs/promises"
import { Effect, FileSystem, Path, Schema } from "effect"
import { DatasetError } from "../../data/DatasetError.js"
import { fileError } from "../files/Files.js"
import * as Folder from "./Folder.js"
import * as Labels from "./Labels.js"
import * as Listing from "./Listing.js"
import * as Tar from "./Tar.js"

const layout =
  "shards are uncompressed .tar files in which <key>.jpg (or .png, .webp) and <key>.cls (or .json) follow each other, in train/ and test/, named train*.tar and test*.tar, or all without a split"

/** An image in a shard, with its label as it is written there. */
interface Sample {
  readonly path: string
  readonly part: { readonly offset: number; readonly size: number }
  readonly label: string
}

/** The key and the extension of a member, as WebDataset splits its name: at the first dot after the last slash. */
const split = (name: string): readonly [key: string, extension: string] => {
  const dot = name.indexOf(".", name.lastIndexOf("/") + 1)
  return dot === -1 ? [name, ""] : [name.slice(0, dot), name.slice(dot + 1).toLowerCase()]
}

const Json = Schema.fromJsonString(
  Schema.Union([
    Schema.Union([Schema.String, Schema.Int]),
    Schema.Struct({ label: Schema.Union([Schema.String, Schema.Int]) }),
    Schema.Struct({ cls: Schema.Union([Schema.String, Schema.Int]) })
  ])
)

/** The label in a `.cls` or `.json`; `undefined` if there is none. */
const labelIn = (extension: string, text: string): string | undefined => {
  if (extension === "cls") return text.trim() || undefined
  const value = Schema.decodeUnknownOption(Json)(text)
  if (value._tag === "None") return undefined
  const found = value.value
  return String(typeof found === "object" ? ("label" in found ? found.label : found.cls) : found)
}

/** The images of one shard; what is wrong goes to `problems`. Rejects for a file that is no archive. */
const samplesOf = async (path: string, problems: Array<string>): Promise<ReadonlyArray<Sample>> => {
  const { size } = await stat(path)
  const file = await open(path)
  try {
    const read = Tar.windowed(async (offset, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    })
    const images = new Map<string, Sample["part"]>()
    const labels = new Map<string, string>()
    for (const { name, offset, size: length } of await Tar.index(read, size)) {
      const [key, extension] = split(name)
      if (/^(png|jpe?g|webp)$/.test(extension)) {
        if (images.has(key)) problems.push(`${path}: "${name}" is a second image of ${key}`)
        images.set(key, { offset, size: length })
      } else if (extension === "cls" || (extension === "json" && !labels.has(key))) {
        const label = length > 2 ** 20 ? undefined : labelIn(extension, (await read(offset, length)).toString())
        if (label !== undefined) labels.set(key, label)
        else if (extension === "cls") problems.push(`${path}: "${name}" has no label`)
      }
    }
    return [...images].flatMap(([key, part]) => {
      const label = labels.get(key)
      if (label === undefined)
        problems.push(`${path}: the image ${key} has no label: no ${key}.cls, and no ${key}.json with a "label"`)
      return label === undefined ? [] : [{ path, part, label }]
    })
  } finally {
    await file.close()
  }
}

const samples = (path: string, problems: Array<string>) =>
  Effect.tryPromise({ try: () => samplesOf(path, problems), catch: (cause) => cause }).pipe(
    Effect.catch((cause) => {
      problems.push(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`)
      return Effect.succeed([])
    })
  )

/**
 * Lists the images in the tar archives of a folder, WebDataset's layout: one pass over their headers. The names of the classes are the lines of
 * `classes.txt` beside them if it is there, else as `Labels.classes` finds them.
 *
 * **Errors** one `DatasetError` that names everything that is wrong: archives that are damaged, compressed or end early, images without a label,
 * labels that are no class.
 */
export const list = Effect.fn("Shards.list")(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const readError = (cause: { readonly reason: string; readonly fix: string }) =>
    new DatasetError({ op: "read", reason: `could not read the shards ${cause.reason}`, fix: cause.fix })
  const names = yield* Effect.mapError(Folder.namesIn(directory), readError)
  const tars = (folder: string, names: ReadonlyArray<string>) =>
    names.filter((name) => /\.tar$/i.test(name)).map((name) => path.join(folder, name))
  const folders = names.includes("train") && names.includes("test")
  const inFolder = (name: string) =>
    Effect.mapError(Folder.namesIn(path.join(directory, name)), readError).pipe(
      Effect.map((inside) => tars(path.join(directory, name), inside))
    )
  const all = folders ? [...(yield* inFolder("train")), ...(yield* inFolder("test"))] : tars(directory, names)
  const isTest = (file: string) => (folders ? path.dirname(file).endsWith("test") : /^test/i.test(path.basename(file)))
  const problems: Array<string> = []
  if (all.length === 0) problems.push(`${directory}: there is no .tar file`)
  const shards = yield* Effect.forEach(
    all,
    (file) => Effect.map(samples(file, problems), (samples) => ({ file, samples })),
    { concurrency: 4 }
  )
  const given = names.includes("classes.txt")
    ? yield* Effect.mapError(fs.readFileString(path.join(directory, "classes.txt")), (error) =>
        readError(fileError("classes.txt")(error))
      )
    : undefined
  const classes = Labels.classes(
    shards.flatMap(({ samples }) => samples.map(({ label }) => label)),
    given
      ?.split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "")
  )
  const entries = (test: boolean): ReadonlyArray<Listing.Entry> =>
    shards
      .filter(({ file }) => isTest(file) === test)
      .flatMap(({ samples }) =>
        samples.flatMap(({ label, part, path }) => {
          const number = classes.numberOf(label)
          if (number === undefined) problems.push(`${path} at byte ${part.offset}: there is no class "${label}"`)
          return number === undefined ? [] : [{ path, part, label: number }]
        })
      )
  const [train, test] = [entries(false), entries(true)]
  yield* Effect.fromResult(Listing.refuse(directory, problems, layout))
  return {
    from: directory,
    task: "classes",
    classNames: classes.names,
    train,
    test: test.length === 0 ? undefined : test
  } satisfies Listing.Listing
})
