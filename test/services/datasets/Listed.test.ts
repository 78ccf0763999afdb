import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, type Path, type Scope } from "effect"
import sharp from "sharp"
import * as tar from "tar"
import type { Dataset } from "../../../src/data/Dataset.js"
import * as Images from "../../../src/data/Images.js"
import {
  DatasetSource,
  type ReadOptions,
  readTable,
  type TableOptions
} from "../../../src/services/datasets/DatasetSource.js"

const shape = { height: 4, width: 4, channels: 1 } as const

/** Squares of the greys 0, 10, ... 90, those above 40 bright. */
const greys = Array.from({ length: 10 }, (_, i) => 10 * i)
const classOf = (grey: number) => (grey > 40 ? "bright" : "dark")

const png = (grey: number) =>
  Effect.promise(() =>
    sharp({ create: { width: 8, height: 8, channels: 3, background: { r: grey, g: grey, b: grey } } })
      .png()
      .toBuffer()
  )

const write = Effect.fnUntraced(function* (path: string, content: string | Uint8Array) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(path.slice(0, path.lastIndexOf("/")), { recursive: true })
  yield* typeof content === "string" ? fs.writeFileString(path, content) : fs.writeFile(path, content)
})

const newFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

/** The squares in a folder for each class. */
const folderOfSquares = Effect.gen(function* () {
  const folder = yield* newFolder
  for (const grey of greys) {
    const name = String(grey).padStart(2, "0")
    yield* write(`${folder}/${classOf(grey)}/${name}.png`, yield* png(grey))
  }
  return folder
})

/** The squares in two archives, each image followed by its class. */
const shardsOfSquares = Effect.gen(function* () {
  const folder = yield* newFolder
  for (const grey of greys) {
    yield* write(`${folder}/files/${grey}.png`, yield* png(grey))
    yield* write(
      `${folder}/files/${grey}.${grey === 0 ? "json" : "cls"}`,
      grey === 0 ? '{"label":"dark"}' : classOf(grey)
    )
  }
  for (const [shard, members] of [greys.slice(0, 5), greys.slice(5)].entries()) {
    const files = members.flatMap((grey) => [`${grey}.png`, `${grey}.${grey === 0 ? "json" : "cls"}`])
    yield* Effect.promise(() => tar.create({ file: `${folder}/squares-${shard}.tar`, cwd: `${folder}/files` }, files))
  }
  return folder
})

const load = (
  layer: typeof DatasetSource.layerFolder,
  name: string,
  directory: string,
  options: Partial<ReadOptions> = {}
) =>
  Effect.flatMap(DatasetSource, (source) => source.load(name)).pipe(
    Effect.provide(layer({ directory, shape, testFraction: 0.2, ...options }))
  )

/** The grey and the class of each image of a set, in its order. */
const content = ({ classNames }: Dataset, set: Images.Images) =>
  Effect.map(
    Images.pixels(
      set,
      Array.from({ length: set.count }, (_, i) => i)
    ),
    (pixels) => Array.from({ length: set.count }, (_, i) => [pixels[i * 16], classNames[set.labels[i] ?? 0]])
  )

const live = (
  name: string,
  effect: () => Effect.Effect<void, unknown, FileSystem.FileSystem | Path.Path | Scope.Scope>
) => it.live(name, () => Effect.scoped(effect()).pipe(Effect.provide(NodeServices.layer)))

describe("images that stay on the disk", () => {
  live("are the images of the same folder in memory, with the same labels and the same split", () =>
    Effect.gen(function* () {
      const folder = yield* folderOfSquares
      const memory = yield* load(DatasetSource.layerFolder, "folder", folder)
      const disk = yield* load(DatasetSource.layerFolder, "folder", folder, { storage: "disk" })
      assert.isFalse(Images.isStored(memory.train))
      assert.isTrue(Images.isStored(disk.train))
      assert.deepStrictEqual(yield* content(disk, disk.train), yield* content(memory, memory.train))
      assert.deepStrictEqual(yield* content(disk, disk.test), yield* content(memory, memory.test))
      // Fewer than 5,000 images, so all are in the statistics.
      assert.deepStrictEqual(disk.statistics, memory.statistics)
    })
  )

  live("name the file that was cut off since", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* folderOfSquares
      const disk = yield* load(DatasetSource.layerFolder, "folder", folder, { storage: "disk" })
      yield* fs.truncate(`${folder}/dark/10.png`, 40)
      const error = yield* Effect.flip(Effect.andThen(content(disk, disk.train), content(disk, disk.test)))
      assert.strictEqual(error._tag, "DatasetError")
      assert.include(error.message, `${folder}/dark/10.png: it has 40 bytes`)
    })
  )
})

describe("shards", () => {
  live("are read in place, in memory or on the disk, as the same images in a folder", () =>
    Effect.gen(function* () {
      const shards = yield* shardsOfSquares
      for (const storage of ["memory", "disk"] as const) {
        const set = yield* load(DatasetSource.layerShards, "shards", shards, { storage })
        assert.deepStrictEqual(set.classNames, ["bright", "dark"])
        const all = [...(yield* content(set, set.train)), ...(yield* content(set, set.test))]
        assert.deepStrictEqual(
          all.sort(([a = 0], [b = 0]) => Number(a) - Number(b)),
          greys.map((grey) => [grey, classOf(grey)])
        )
      }
    })
  )

  live("are refused together with all that is wrong: no label, cut off, compressed", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* newFolder
      yield* write(`${folder}/files/a.png`, yield* png(10))
      const create = (name: string, gzip: boolean) =>
        Effect.promise(() => tar.create({ file: `${folder}/${name}`, cwd: `${folder}/files`, gzip }, ["a.png"]))
      yield* create("bare.tar", false)
      yield* create("zipped.tar", true)
      yield* create("cut.tar", false)
      yield* fs.truncate(`${folder}/cut.tar`, 600)
      const { message } = yield* Effect.flip(load(DatasetSource.layerShards, "shards", folder))
      assert.include(message, `${folder}/bare.tar: the image a has no label`)
      assert.include(message, `${folder}/zipped.tar: it is compressed`)
      assert.match(message, /cut\.tar: "a\.png" is \d+ bytes from byte 512 on, and the archive ends at byte 600/)
    })
  )
})

describe("a table", () => {
  const table = Effect.fnUntraced(function* (text: string, options: Partial<TableOptions> = {}) {
    const folder = yield* folderOfSquares
    yield* write(`${folder}/images.csv`, text)
    return yield* readTable({ file: `${folder}/images.csv`, shape, ...options })
  })

  live("of classes has the images of its rows, split as it says", () =>
    Effect.gen(function* () {
      const set = yield* table(
        "path,label,split\ndark/00.png,night,train\nbright/90.png,day,train\nbright/50.png,day,test\n"
      )
      assert.deepStrictEqual(set.classNames, ["day", "night"])
      assert.deepStrictEqual(yield* content(set, set.train), [
        [0, "night"],
        [90, "day"]
      ])
      assert.deepStrictEqual(yield* content(set, set.test), [[50, "day"]])
    })
  )

  live("of several labels or of values has a row of numbers for each image", () =>
    Effect.gen(function* () {
      const rows = "path,split,x,y\ndark/00.png,train,0,1\ndark/10.png,train,1,1\ndark/20.png,test,1,0\n"
      const multiple = yield* table(rows, { task: "multiple" })
      assert.deepStrictEqual([multiple.train.task, multiple.classNames], ["multiple", ["x", "y"]])
      assert.deepStrictEqual([...multiple.train.labels], [0, 1, 1, 1])
      const values = yield* table(rows.replace("0,1\n", "-2.5,1e3\n"), { task: "values", labels: ["y"] })
      assert.deepStrictEqual([values.classNames, [...values.train.labels]], [["y"], [1000, 1]])
    })
  )

  live("is refused with every row that is wrong, by its line", () =>
    Effect.gen(function* () {
      const rows =
        "path,label,split\ndark/00.png,night,train\ndark/none.png,night,train\n,night,train\ndark/10.png,,test\n"
      const { message } = yield* Effect.flip(table(rows))
      for (const expected of ["line 4: the path is empty", "line 5: the label is empty"])
        assert.include(message, expected)
      const missing = yield* Effect.flip(table("path,label\ndark/00.png,a\ndark/none.png,b\n"))
      assert.match(missing.message, /line 3: .*dark\/none\.png/)
    })
  )
})
