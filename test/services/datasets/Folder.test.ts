import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Logger, type Path, PlatformError, type Scope } from "effect"
import sharp from "sharp"
import type { Images } from "../../../src/data/Images.js"
import { DatasetSource } from "../../../src/services/datasets/DatasetSource.js"
import type { FolderOptions } from "../../../src/services/datasets/Folder.js"
import { memory } from "../../support/Memory.js"

/** A plain square of one grey. */
const square = (grey: number, format: "png" | "jpeg" | "webp") =>
  Effect.promise(() =>
    sharp({ create: { width: 8, height: 8, channels: 3, background: { r: grey, g: grey, b: grey } } })
      .toFormat(format, { lossless: true })
      .toBuffer()
  )

/** Writes files by their paths below a new folder: squares of the grey given, or text. */
const make = Effect.fnUntraced(function* (files: Readonly<Record<string, number | string>>) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  for (const [name, content] of Object.entries(files)) {
    const path = `${folder}/${name}`
    yield* fs.makeDirectory(path.slice(0, path.lastIndexOf("/")), { recursive: true })
    if (name.endsWith("/")) continue
    const format = name.endsWith(".webp") ? "webp" : /jpe?g$/i.test(name) ? "jpeg" : "png"
    yield* typeof content === "string"
      ? fs.writeFileString(path, content)
      : Effect.flatMap(square(content, format), (bytes) => fs.writeFile(path, bytes))
  }
  return folder
})

const shape = { height: 4, width: 4, channels: 1 } as const
const use = <A, E>(
  directory: string,
  ask: (source: DatasetSource["Service"]) => Effect.Effect<A, E>,
  options: Partial<FolderOptions> = {}
) =>
  Effect.flatMap(DatasetSource, ask).pipe(Effect.provide(DatasetSource.layerFolder({ directory, shape, ...options })))
const load = (directory: string, options?: Partial<FolderOptions>) =>
  use(directory, (source) => source.load("folder"), options)

/** The grey of each image. */
const greys = (set: Images) => Array.from({ length: set.count }, (_, i) => memory(set).images[i * 16]!)

const live = (
  name: string,
  effect: () => Effect.Effect<void, unknown, FileSystem.FileSystem | Path.Path | Scope.Scope>
) => it.live(name, () => Effect.scoped(effect()).pipe(Effect.provide([NodeServices.layer, Logger.layer([])])))

describe("a folder of images", () => {
  live("with train and test: classes and images in the order of their names", () =>
    Effect.gen(function* () {
      const folder = yield* make({
        "train/cat/b.png": 20,
        "train/cat/a.webp": 10,
        "train/Bird/1.PNG": 30,
        "train/dog/1.jpeg": 40,
        "train/dog/2.jpg": 50,
        "test/dog/1.png": 60,
        "test/cat/1.png": 70
      })
      const { classNames, name, statistics, test, train } = yield* load(folder)
      assert.deepStrictEqual([name, classNames], ["folder", ["Bird", "cat", "dog"]])
      assert.deepStrictEqual(train.shape, shape)
      assert.deepStrictEqual([...train.labels], [0, 1, 1, 2, 2])
      assert.deepStrictEqual(greys(train), [30, 10, 20, 40, 50])
      assert.deepStrictEqual([...test.labels], [1, 2])
      assert.deepStrictEqual(greys(test), [70, 60])
      assert.closeTo(statistics.mean[0]!, 30 / 255, 1e-12)
    })
  )

  const ten = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`${i < 6 ? "a" : "b"}/${i}.png`, 10 * i]))

  live("without them: the seed chooses what is tested on", () =>
    Effect.gen(function* () {
      const folder = yield* make(ten)
      const sets = yield* load(folder)
      assert.deepStrictEqual(sets.classNames, ["a", "b"])
      assert.deepStrictEqual([sets.train.count, sets.test.count], [8, 2])
      const all = [...greys(sets.train), ...greys(sets.test)]
      assert.deepStrictEqual(
        all.sort((a, b) => a - b),
        Object.values(ten)
      )
      assert.deepStrictEqual(yield* load(folder), sets)
      assert.notDeepEqual(greys((yield* load(folder, { seed: 1 })).test), greys(sets.test))
      assert.strictEqual((yield* load(folder, { testFraction: 0.5 })).test.count, 5)
    })
  )

  live("is described without reading an image, and counted as it is read", () =>
    Effect.gen(function* () {
      const folder = yield* make({ ...ten, "b/broken.png": "no picture" })
      const info = yield* use(folder, (source) => source.info("folder"))
      assert.deepInclude(info, { trainImages: 9, testImages: 2, path: folder, cached: false, ...shape })
      assert.deepStrictEqual(info.classNames, ["a", "b"])
      const whole = yield* make(ten)
      const fetched = yield* use(whole, (source) => source.fetch("folder"))
      assert.deepStrictEqual(fetched, { name: "folder", from: whole, path: whole, bytes: 10 * 17 })
      const error = yield* Effect.flip(use(folder, (source) => source.load("mnist")))
      assert.include(error.message, 'there is no dataset "mnist"; known are folder')
    })
  )

  live("follows links, and leaves aside what is hidden or no image", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const elsewhere = yield* make({ "far/1.png": 80, "2.png": 90 })
      const folder = yield* make({
        ...ten,
        "README.md": "not of a class",
        "a/notes.txt": "not an image",
        "a/.hidden.png": "not a picture",
        ".cache/x.png": "nor this"
      })
      yield* fs.symlink(`${elsewhere}/far`, `${folder}/c`)
      yield* fs.symlink(`${elsewhere}/2.png`, `${folder}/a/linked.png`)
      const told: Array<unknown> = []
      const { classNames, test, train } = yield* load(folder).pipe(
        Effect.provide(Logger.layer([Logger.make(({ message }) => told.push(message))]))
      )
      assert.deepStrictEqual(classNames, ["a", "b", "c"])
      assert.strictEqual(train.count + test.count, 12)
      assert.include([...greys(train), ...greys(test)], 80)
      assert.include([...greys(train), ...greys(test)], 90)
      assert.strictEqual(told.length, 1)
      assert.include(String(told[0]), `${folder}/README.md, ${folder}/a/notes.txt`)
    })
  )

  live("names every file that cannot be read, in one error", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* make({ ...ten, "a/text.png": "no picture", "a/folder.jpg/": "", "b/empty.webp": "" })
      const whole = yield* square(7, "png")
      yield* fs.writeFile(`${folder}/a/cut.png`, whole.subarray(0, whole.length - 20))
      yield* fs.symlink(`${folder}/nowhere.png`, `${folder}/b/dangling.png`)
      const denied = Effect.fail(
        PlatformError.systemError({
          _tag: "PermissionDenied",
          module: "FileSystem",
          method: "readFile",
          cause: new Error("EACCES: permission denied")
        })
      )
      const guarded: FileSystem.FileSystem = {
        ...fs,
        readFile: (path) => (path === `${folder}/b/8.png` ? denied : fs.readFile(path))
      }
      const error = yield* Effect.flip(Effect.provideService(load(folder), FileSystem.FileSystem, guarded))
      assert.strictEqual(error.op, "read")
      const [first, ...lines] = error.reason.split("\n    ")
      assert.strictEqual(first, `the images in ${folder} cannot be used:`)
      assert.deepStrictEqual(
        lines.map((line) => line.slice(folder.length + 1).split(": ")[0]),
        ["a/cut.png", "a/folder.jpg", "a/text.png", "b/8.png", "b/dangling.png", "b/empty.webp"]
      )
      for (const part of [
        "a/folder.jpg: it is a directory, not a file",
        "a/text.png: Input buffer contains unsupported image format",
        "b/8.png: permission is denied",
        "b/dangling.png: it does not exist",
        "b/empty.webp: Input Buffer is empty"
      ]) {
        assert.include(error.message, part)
      }
    })
  )

  const wrong: ReadonlyArray<
    readonly [what: string, files: Readonly<Record<string, number | string>>, ...reasons: ReadonlyArray<string>]
  > = [
    ["nothing", {}, ": there is no folder of a class"],
    ["files only", { "notes.txt": "" }, ": there is no folder of a class"],
    ["one class", { "a/1.png": 1, "a/2.png": 1 }, ": there is only one class"],
    ["an empty class", { ...ten, "c/": "" }, "/c: there is no image"],
    ["a class of hidden files", { ...ten, "c/.1.png": 1 }, "/c: there is no image"],
    ["an image without a class", { ...ten, "1.png": 1 }, "/1.png: an image beside the folders of the classes"],
    [
      "folders inside classes",
      { ...ten, "a/x/1.png": 1, "b/y/": "" },
      "/a/x: a folder inside",
      "/b/y: a folder inside"
    ],
    ["train without test", { "train/a/1.png": 1 }, "/train has no "],
    [
      "classes that only the test has",
      { "train/a/1.png": 1, "test/a/1.png": 1, "test/b/1.png": 1, "test/c/1.png": 1 },
      "/test/b: there is no such class in ",
      "/test/c: there is no such class in "
    ],
    ["an empty train", { "train/": "", "test/a/1.png": 1 }, "/test/a: there is no such class in "],
    ["a train that is a file", { train: "", "test/a/1.png": 1 }, "/train: a part of its path is a file"]
  ]
  for (const [what, files, ...reasons] of wrong)
    live(`is refused with ${what}`, () =>
      Effect.gen(function* () {
        const folder = yield* make(files)
        for (const attempt of [
          Effect.asVoid(load(folder)),
          Effect.asVoid(use(folder, (source) => source.info("folder")))
        ]) {
          const error = yield* Effect.flip(attempt)
          assert.strictEqual(error.op, "read")
          for (const reason of reasons) assert.include(error.message, `${folder}${reason}`)
        }
      })
    )

  live("is refused where there is no folder", () =>
    Effect.gen(function* () {
      const folder = yield* make({ file: "" })
      for (const [name, reason] of [
        ["nowhere", "it does not exist"],
        ["file", "a part of its path is a file"]
      ] as const) {
        const error = yield* Effect.flip(load(`${folder}/${name}`))
        assert.strictEqual(error.op, "read")
        assert.include(error.message, `could not read the folder of images ${folder}/${name}: ${reason}`)
      }
    })
  )

  live("is refused for a fraction or a shape that makes no sense, and one that leaves nothing to test on", () =>
    Effect.gen(function* () {
      const folder = yield* make(ten)
      for (const testFraction of [0, 1, -0.5, Number.NaN]) {
        const error = yield* Effect.flip(load(folder, { testFraction }))
        assert.include(error.message, `the part of the images to test on is ${testFraction}`)
      }
      assert.include((yield* Effect.flip(load(folder, { testFraction: 0.01 }))).message, "there are no test images")
      const flat = yield* Effect.flip(load(folder, { shape: { ...shape, height: 0 } }))
      assert.include(flat.message, "the shape of an image is 0x4x1")
    })
  )
})
