import { gunzipSync } from "node:zlib"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import {
  ConfigProvider,
  Effect,
  Fiber,
  FileSystem,
  Layer,
  Logger,
  PlatformError,
  type Scope,
  Sink,
  Stream
} from "effect"
import { FetchHttpClient } from "effect/http"
import { ChildProcessSpawner } from "effect/process"
import { create } from "tar"
import { Cifar100 } from "../../../src/data/index.js"
import type { Entry } from "../../../src/services/datasets/Catalogue.js"
import { DatasetSource } from "../../../src/services/datasets/DatasetSource.js"
import * as Layout from "../../../src/services/datasets/FileLayout.js"
import * as Cifar100Files from "../../support/Cifar100Files.js"
import * as FileServer from "../../support/FileServer.js"
import { memory } from "../../support/Memory.js"
import * as TinyData from "../../support/TinyData.js"

const platform = Layer.mergeAll(NodeServices.layer, FetchHttpClient.layer, Logger.layer([]))

/** A new folder, a cache in it, and the catalogue of one small dataset. */
const setUp = Effect.fnUntraced(function* (addresses: ReadonlyArray<string>, overrides: Partial<Entry> = {}) {
  const entry = { ...TinyData.entry(addresses), ...overrides }
  return { entry, ...(yield* setUpCatalogue([entry])) }
})

/** The same with another catalogue. */
const setUpCatalogue = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  const use = <A, E>(
    effect: (source: DatasetSource["Service"]) => Effect.Effect<A, E>,
    environment: Record<string, string> = {}
  ) =>
    Effect.flatMap(DatasetSource, effect).pipe(
      Effect.provide(DatasetSource.layerCatalogue(entries)),
      Effect.provideService(
        ConfigProvider.ConfigProvider,
        ConfigProvider.fromEnv({ env: { EFFECT_TENSORFLOW_CACHE: `${folder}/cache`, ...environment } })
      )
    )
  const left = Effect.orElseSucceed(fs.readDirectory(`${folder}/cache`, { recursive: true }), (): Array<string> => [])
  return { fs, folder, use, left, load: use((source) => source.load("tiny")) }
})

const served = (change: (name: string, bytes: Uint8Array) => Uint8Array = (_, bytes) => bytes, folder = "") =>
  Object.fromEntries([...TinyData.files].map(([name, bytes]) => [`${folder}/${name}`, change(name, bytes)]))

const trainImages = "train-images-idx3-ubyte.gz"
const alter = (name: string, bytes: Uint8Array) =>
  name === trainImages ? bytes.map((byte, i) => (i === 2000 ? byte ^ 1 : byte)) : bytes
const truncate = (name: string, bytes: Uint8Array) => (name === trainImages ? bytes.subarray(0, 3000) : bytes)

/** A failing call of the file system. */
const failure = (tag: PlatformError.SystemErrorTag, path: string, message: string) =>
  Effect.fail(
    PlatformError.systemError({
      _tag: tag,
      module: "FileSystem",
      method: "call",
      pathOrDescriptor: path,
      cause: new Error(message)
    })
  )

const live = (name: string, effect: () => Effect.Effect<void, unknown, Layer.Success<typeof platform> | Scope.Scope>) =>
  it.live(name, () => Effect.scoped(effect()).pipe(Effect.provide(platform)))

describe("DatasetSource from the network", () => {
  live("fetches, checks and caches, then needs no network", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make(served())
      const { left, load, use } = yield* setUp([server.address])
      const told: Array<string> = []
      const dataset = yield* use((source) =>
        source.load("tiny", {
          onProgress: ({ file, received, total }) => Effect.sync(() => received === total && told.push(file))
        })
      )
      assert.deepStrictEqual(dataset.train, TinyData.expected.train)
      assert.deepStrictEqual(dataset.test, TinyData.expected.test)
      assert.deepStrictEqual(told, [...TinyData.files.keys()])
      assert.strictEqual(server.seen.length, 4)
      assert.deepStrictEqual(yield* load, dataset)
      assert.strictEqual(server.seen.length, 4)
      assert.deepStrictEqual((yield* left).toSorted(), ["datasets", "datasets/downloads", "datasets/tiny.u8"])
      assert.strictEqual((yield* use((source) => source.fetch("tiny"))).from, "cache")
      assert.isTrue((yield* use((source) => source.info("tiny"))).cached)
    })
  )

  live("resumes a broken download where the server allows", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make(served(), { cutAfter: 2000, cuts: 2 })
      const { use } = yield* setUp([server.address])
      const onProgress = ({ received }: { readonly received: number }) =>
        received % 2000 === 0 ? server.cut : Effect.void
      const dataset = yield* use((source) => source.load("tiny", { onProgress }))
      assert.deepStrictEqual(dataset.train, TinyData.expected.train)
      assert.deepStrictEqual(
        server.seen.slice(0, 3).map(({ range }) => range),
        [undefined, "bytes=2000-", "bytes=4000-"]
      )
    })
  )

  live("resumes what an earlier run left", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make(served())
      const { folder, fs, left, load } = yield* setUp([server.address])
      const downloads = `${folder}/cache/datasets/downloads/tiny`
      yield* fs.makeDirectory(downloads, { recursive: true })
      yield* fs.writeFile(`${downloads}/${trainImages}.part`, TinyData.files.get(trainImages)!.subarray(0, 1234))
      yield* load
      assert.strictEqual(server.seen[0]!.range, "bytes=1234-")
      assert.deepStrictEqual((yield* left).toSorted(), ["datasets", "datasets/downloads", "datasets/tiny.u8"])
    })
  )

  live("starts again when what was left is of another file", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make(served())
      const { folder, fs, load } = yield* setUp([server.address])
      const downloads = `${folder}/cache/datasets/downloads/tiny`
      yield* fs.makeDirectory(downloads, { recursive: true })
      yield* fs.writeFile(`${downloads}/${trainImages}.part`, new Uint8Array(1234))
      assert.deepStrictEqual((yield* load).train, TinyData.expected.train)
      assert.deepStrictEqual(
        server.seen.slice(0, 2).map(({ range }) => range),
        ["bytes=1234-", undefined]
      )
    })
  )

  live("starts again where the server does not know ranges", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make(served(), { ranges: false })
      const { folder, fs, load } = yield* setUp([server.address])
      const downloads = `${folder}/cache/datasets/downloads/tiny`
      yield* fs.makeDirectory(downloads, { recursive: true })
      yield* fs.writeFile(`${downloads}/${trainImages}.part`, TinyData.files.get(trainImages)!.subarray(0, 1234))
      assert.deepStrictEqual((yield* load).train, TinyData.expected.train)
    })
  )

  live("keeps what came when it is interrupted", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make(served())
      const { left, load, use } = yield* setUp([server.address])
      const fiber = yield* Effect.forkChild(
        use((source) =>
          source.load("tiny", { onProgress: ({ received }) => (received > 1000 ? Effect.never : Effect.void) })
        )
      )
      yield* Effect.sleep("300 millis")
      yield* Fiber.interrupt(fiber)
      assert.isTrue((yield* left).includes(`datasets/downloads/tiny/${trainImages}.part`))
      assert.isFalse((yield* left).includes("datasets/tiny.u8"))
      yield* load
      assert.strictEqual(server.seen.filter(({ path }) => path === `/${trainImages}`).length, 1)
    })
  )

  live("takes the next address when one does not answer or has other data", () =>
    Effect.gen(function* () {
      const altered = yield* FileServer.make(served(alter))
      const empty = yield* FileServer.make({})
      const good = yield* FileServer.make(served())
      const { load, use } = yield* setUp(["http://127.0.0.1:9", empty.address, altered.address, good.address])
      assert.deepStrictEqual((yield* load).test, TinyData.expected.test)
      assert.strictEqual(altered.seen.length, 1)
      assert.strictEqual((yield* use((source) => source.fetch("tiny"))).from, "cache")
    })
  )

  live("says of each source why it failed, and leaves nothing", () =>
    Effect.gen(function* () {
      const altered = yield* FileServer.make(served(alter))
      const truncated = yield* FileServer.make(served(truncate))
      const { left, load } = yield* setUp(["http://127.0.0.1:9", altered.address, truncated.address])
      const error = yield* Effect.flip(load)
      assert.strictEqual(error.op, "fetch")
      assert.include(error.message, `http://127.0.0.1:9/${trainImages}: `)
      assert.match(error.message, /truncated or altered: expected SHA-256 \w{64}, found \w{64}/)
      assert.match(error.message, /truncated or altered: expected \d+ bytes, found 3000 bytes/)
      assert.include(error.message, "EFFECT_TENSORFLOW_DATA_DIR")
      assert.deepStrictEqual(
        (yield* left).filter((name) => name.includes(".")),
        []
      )
    })
  )

  live("refuses other data from a mirror that the user named", () =>
    Effect.gen(function* () {
      const official = yield* FileServer.make(served())
      const { load, use } = yield* setUp([official.address])
      for (const [change, reason] of [
        [alter, "expected SHA-256"],
        [truncate, "found 3000 bytes"]
      ] as const) {
        const mirror = yield* FileServer.make(served(change, "/tiny"))
        const environment = { EFFECT_TENSORFLOW_DATA_MIRROR: `${mirror.address}/` }
        const error = yield* Effect.flip(use((source) => source.load("tiny"), environment))
        assert.strictEqual(error.op, "verify")
        assert.include(error.message, reason)
      }
      assert.strictEqual(official.seen.length, 0)
      const good = yield* FileServer.make(served(undefined, "/tiny"))
      yield* use((source) => source.load("tiny", { mirror: good.address }))
      assert.strictEqual(official.seen.length, 0)
      yield* load
    })
  )

  live("fetches again when the cached copy is damaged", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make(served())
      const { entry, folder, fs, load } = yield* setUp([server.address])
      yield* load
      const file = `${folder}/cache/datasets/tiny.u8`
      for (const damage of [(bytes: Uint8Array) => bytes.subarray(1), (bytes: Uint8Array) => bytes.fill(0, 0, 9)]) {
        yield* fs.writeFile(file, damage(yield* fs.readFile(file)))
        assert.deepStrictEqual((yield* load).train, TinyData.expected.train)
      }
      assert.strictEqual(server.seen.length, 3 * entry.files.length)
    })
  )

  live("may be done by several at once", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make(served())
      const { left, load } = yield* setUp([server.address])
      const loaded = yield* Effect.all([load, load, load, load], { concurrency: "unbounded" })
      for (const { train } of loaded) {
        assert.deepStrictEqual(train, TinyData.expected.train)
      }
      assert.deepStrictEqual(
        (yield* left).filter((name) => name.endsWith(".part") || name.endsWith(".tmp")),
        []
      )
    })
  )

  live("reports a full disk and leaves nothing half-written", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make(served())
      const { folder, fs, left, load, use } = yield* setUp([server.address])
      yield* fs.makeDirectory(`${folder}/official`)
      yield* Effect.forEach(TinyData.files, ([name, bytes]) => fs.writeFile(`${folder}/official/${name}`, bytes))
      const fetch = Effect.asVoid(use((source) => source.fetch("tiny", { directory: `${folder}/official` })))
      for (const [attempt, ending, named] of [
        [Effect.asVoid(load), ".part", trainImages],
        [Effect.asVoid(load), ".tmp", "tiny.u8"],
        [fetch, ".tmp", "tiny.u8"]
      ] as const) {
        const fullDisk: FileSystem.FileSystem = {
          ...fs,
          open: (path, options) =>
            Effect.map(fs.open(path, options), (file) =>
              path.endsWith(ending)
                ? { ...file, writeAll: () => failure("Unknown", path, "ENOSPC: no space left on device, write") }
                : file
            )
        }
        const error = yield* Effect.flip(Effect.provideService(attempt, FileSystem.FileSystem, fullDisk))
        assert.strictEqual(error.op, "write")
        assert.include(error.message, named)
        assert.include(error.message, "no space is left on the disk")
        assert.include(error.message, "free some space")
        assert.deepStrictEqual(
          (yield* left).filter((name) => /\.(part|tmp|u8)$/.test(name)),
          []
        )
      }
    })
  )
})

describe("DatasetSource from a package", () => {
  const source = { manager: "npm", name: "tiny@1.0.0", bytes: 1000, layout: Layout.idx } as const

  live("says when the package manager is not there", () =>
    Effect.gen(function* () {
      const { left, load } = yield* setUp([], { package: source })
      const nothing = ChildProcessSpawner.make(() =>
        Effect.fail(PlatformError.systemError({ _tag: "NotFound", module: "ChildProcess", method: "spawn" }))
      )
      const error = yield* Effect.flip(Effect.provideService(load, ChildProcessSpawner.ChildProcessSpawner, nothing))
      assert.strictEqual(error.op, "fetch")
      assert.include(error.message, '"npm" is not installed')
      assert.instanceOf(error.cause, AggregateError)
      assert.instanceOf(error.cause.errors[0].cause, PlatformError.PlatformError)
      assert.deepStrictEqual((yield* left).toSorted(), ["datasets"])
    })
  )

  live("says when the disk is full while a package is fetched or unpacked, and leaves nothing", () =>
    Effect.gen(function* () {
      const { left, load } = yield* setUp([], { package: source })
      const spawner = ChildProcessSpawner.make(() =>
        Effect.succeed(
          ChildProcessSpawner.makeHandle({
            pid: ChildProcessSpawner.ProcessId(1),
            exitCode: Effect.succeed(ChildProcessSpawner.ExitCode(228)),
            isRunning: Effect.succeed(false),
            kill: () => Effect.void,
            stdin: Sink.drain,
            stdout: Stream.empty,
            stderr: Stream.make(new TextEncoder().encode("npm error code ENOSPC\nnpm error nospc no space left\n")),
            all: Stream.empty,
            getInputFd: () => Sink.drain,
            getOutputFd: () => Stream.empty,
            unref: Effect.succeed(Effect.void)
          })
        )
      )
      const error = yield* Effect.flip(Effect.provideService(load, ChildProcessSpawner.ChildProcessSpawner, spawner))
      assert.strictEqual(error.op, "write")
      assert.include(error.message, "npm: no space is left on the disk")
      assert.deepStrictEqual((yield* left).toSorted(), ["datasets"])
    })
  )

  live("does not begin what would fill the disk", () =>
    Effect.gen(function* () {
      const { load } = yield* setUp(["http://127.0.0.1:9"], { package: { ...source, bytes: 1e18 } })
      const error = yield* Effect.flip(load)
      assert.strictEqual(error.op, "write")
      assert.match(error.message, /fetching Tiny needs \d+ MB of disk space; .* has \d+ MB/)
    })
  )
})

describe("DatasetSource from a directory", () => {
  const write = Effect.fnUntraced(function* (folder: string, files: Iterable<readonly [string, Uint8Array]>) {
    const fs = yield* FileSystem.FileSystem
    yield* fs.makeDirectory(folder, { recursive: true })
    yield* Effect.forEach(files, ([name, bytes]) => fs.writeFile(`${folder}/${name}`, bytes))
  })
  const unpacked = [...TinyData.files].map(([name, bytes]) => [name.slice(0, -3), gunzipSync(bytes)] as const)
  const packed = [...TinyData.files]

  live("reads the official files, packed or not, flat or in a subfolder", () =>
    Effect.gen(function* () {
      const { folder, left, use } = yield* setUp([])
      yield* write(`${folder}/flat`, packed)
      yield* write(`${folder}/unpacked`, unpacked)
      yield* write(`${folder}/named/tiny`, [...packed.slice(0, 2), ...unpacked.slice(2)])
      yield* write(`${folder}/torchvision/Tiny/raw`, unpacked)
      for (const directory of ["flat", "unpacked", "named", "torchvision"]) {
        const dataset = yield* use((source) => source.load("tiny"), {
          EFFECT_TENSORFLOW_DATA_DIR: `${folder}/${directory}`
        })
        assert.deepStrictEqual(dataset.train, TinyData.expected.train)
      }
      assert.deepStrictEqual(yield* left, [])
      const fetched = yield* use((source) => source.fetch("tiny", { directory: `${folder}/flat` }))
      assert.strictEqual(fetched.from, `${folder}/flat`)
      assert.deepStrictEqual(yield* left, ["datasets", "datasets/tiny.u8"])
    })
  )

  live("reads a tar archive, whole, truncated or altered", () =>
    Effect.gen(function* () {
      const archive = { name: "tiny.tar.gz", bytes: 1, sha256: "" }
      const { folder, fs, use } = yield* setUp([], { files: [archive] })
      yield* write(`${folder}/inside/data`, unpacked)
      const pack = create({ gzip: true, file: `${folder}/tiny.tar.gz`, cwd: `${folder}/inside` }, ["data"])
      yield* Effect.promise(() => pack)
      const load = use((source) => source.load("tiny", { directory: folder }))
      assert.deepStrictEqual((yield* load).test, TinyData.expected.test)
      const whole = yield* fs.readFile(`${folder}/tiny.tar.gz`)
      for (const length of [0, 10, 100, whole.length / 2, whole.length - 9]) {
        yield* fs.writeFile(`${folder}/tiny.tar.gz`, whole.subarray(0, length))
        const error = yield* Effect.flip(load)
        assert.strictEqual(error.op, "decode")
        assert.include(error.message, "truncated")
      }
    })
  )

  live("finds CIFAR-100 as its archive or as the folder that this unpacks to, once for both kinds of labels", () =>
    Effect.gen(function* () {
      const { folder, left, use } = yield* setUpCatalogue(Cifar100Files.entries)
      yield* write(`${folder}/unpacked/cifar-100-binary`, Cifar100Files.members)
      yield* write(`${folder}/named/cifar100`, [])
      const pack = create(
        { gzip: true, file: `${folder}/named/cifar100/cifar-100-binary.tar.gz`, cwd: `${folder}/unpacked` },
        ["cifar-100-binary"]
      )
      yield* Effect.promise(() => pack)
      const { test, train } = Cifar100Files.expected
      for (const directory of ["unpacked", "unpacked/cifar-100-binary", "named", "named/cifar100"]) {
        const load = (name: string) => use((source) => source.load(name, { directory: `${folder}/${directory}` }))
        const fine = yield* load("cifar100")
        assert.deepStrictEqual([fine.name, fine.classNames.length], ["cifar100", 100])
        assert.deepStrictEqual(fine.train.labels, train.labels)
        assert.deepStrictEqual(Uint8Array.from(memory(fine.test).images), test.images)
        const coarse = yield* load("cifar100-coarse")
        assert.deepStrictEqual([coarse.name, coarse.classNames.length], ["cifar100-coarse", 20])
        assert.deepStrictEqual(
          coarse.train.labels,
          train.labels.map((label) => Cifar100.coarseOf[label]!)
        )
        assert.deepStrictEqual(memory(coarse.train).images, memory(fine.train).images)
      }
      yield* use((source) => source.fetch("cifar100-coarse", { directory: `${folder}/unpacked` }))
      assert.deepStrictEqual(yield* left, ["datasets", "datasets/cifar100.u8"])
      assert.deepStrictEqual((yield* use((source) => source.load("cifar100"))).train.labels, train.labels)
      assert.isTrue((yield* use((source) => source.info("cifar100"))).cached)
    })
  )

  live("refuses an archive of CIFAR-100 with an altered member", () =>
    Effect.gen(function* () {
      const { folder, left, use } = yield* setUpCatalogue(Cifar100Files.entries)
      const altered = (at: number, to: (byte: number) => number) =>
        Cifar100Files.members.map(
          ([name, bytes]) =>
            [name, name === "test.bin" ? bytes.map((byte, i) => (i === at ? to(byte) : byte)) : bytes] as const
        )
      const archive = Effect.fnUntraced(function* (files: typeof Cifar100Files.members) {
        yield* write(`${folder}/inside/cifar-100-binary`, files)
        const pack = create({ gzip: true, file: `${folder}/cifar-100-binary.tar.gz`, cwd: `${folder}/inside` }, [
          "cifar-100-binary"
        ])
        yield* Effect.promise(() => pack)
      })
      for (const [files, op, reason] of [
        [altered(5000, (byte) => byte ^ 1), "verify", "not the images and labels of CIFAR-100: expected SHA-256"],
        [altered(0, () => 20), "decode", "test.bin: image 0 has the fine label 3 and the coarse label 20"],
        [altered(1, () => 100), "decode", "test.bin: the classes of cifar100 are 0 to 99; image 0 has 100"]
      ] as const) {
        yield* archive(files)
        const error = yield* Effect.flip(use((source) => source.fetch("cifar100", { directory: folder })))
        assert.strictEqual(error.op, op)
        assert.include(error.message, `in ${folder}: `)
        assert.include(error.message, reason)
      }
      assert.deepStrictEqual(yield* left, [])
    })
  )

  live("refuses altered, truncated and missing files, by name", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make(served())
      const { folder, fs, left, use } = yield* setUp([server.address])
      yield* write(folder, packed)
      const load = use((source) => source.load("tiny", { directory: folder }))
      const file = `${folder}/${trainImages}`
      yield* fs.writeFile(file, TinyData.files.get(trainImages)!.subarray(0, 3000))
      const truncated = yield* Effect.flip(load)
      assert.match(
        truncated.message,
        /train-images-idx3-ubyte.gz \(3000 bytes\) cannot be unpacked.*official file has \d+ bytes/s
      )
      assert.match(String(truncated.cause), /unexpected end of file/)
      yield* fs.remove(file)
      const missing = yield* Effect.flip(load)
      assert.include(missing.message, "but not train-images-idx3-ubyte")
      const [name, bytes] = unpacked[0]!
      yield* fs.writeFile(`${folder}/${name}`, bytes.subarray(0, 4000))
      const short = yield* Effect.flip(load)
      assert.include(short.message, "dimensions 300 x 4 x 5 has 6016 bytes; this one has 4000")
      yield* fs.writeFile(
        `${folder}/${name}`,
        bytes.map((byte, i) => (i === 2000 ? byte ^ 1 : byte))
      )
      const altered = yield* Effect.flip(load)
      assert.strictEqual(altered.op, "verify")
      assert.match(altered.message, /not the images and labels of Tiny: expected SHA-256 \w{64}, found \w{64}/)
      assert.strictEqual(server.seen.length, 0)
      assert.deepStrictEqual(yield* left, [])
    })
  )

  live("refuses a directory that is not there or is a file", () =>
    Effect.gen(function* () {
      const { folder, fs, use } = yield* setUp([])
      yield* fs.writeFileString(`${folder}/file`, "")
      for (const [name, reason] of [
        ["nowhere", "it does not exist"],
        ["file", "not a directory"]
      ] as const) {
        const error = yield* Effect.flip(
          use((source) => source.load("tiny"), { EFFECT_TENSORFLOW_DATA_DIR: `${folder}/${name}` })
        )
        assert.strictEqual(error.op, "read")
        assert.include(error.message, `could not read the data directory ${folder}/${name}`)
        assert.include(error.message, reason)
        assert.instanceOf(error.cause, PlatformError.PlatformError)
      }
    })
  )

  live("refuses a directory, a subfolder or a file that may not be read", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make(served())
      const { folder, fs, use } = yield* setUp([server.address])
      yield* write(`${folder}/tiny`, packed)
      for (const closed of [folder, `${folder}/tiny`, `${folder}/tiny/${trainImages}`]) {
        const denied = failure("PermissionDenied", closed, "EACCES: permission denied")
        // The tests may run as a user who can read everything.
        const guarded: FileSystem.FileSystem = {
          ...fs,
          readDirectory: (path, options) => (path === closed ? denied : fs.readDirectory(path, options)),
          readFile: (path) => (path === closed ? denied : fs.readFile(path))
        }
        const error = yield* use((source) => source.load("tiny", { directory: folder })).pipe(
          Effect.provideService(FileSystem.FileSystem, guarded),
          Effect.flip
        )
        assert.strictEqual(error.op, "read")
        assert.include(error.message, `${closed}: permission is denied`)
      }
      assert.strictEqual(server.seen.length, 0)
    })
  )

  live("asks the network when the directory has nothing of the dataset", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make(served())
      const { folder, use } = yield* setUp([server.address])
      const fetched = yield* use((source) => source.fetch("tiny", { directory: folder }))
      assert.strictEqual(fetched.from, server.address)
    })
  )
})

describe("DatasetSource", () => {
  live("names the nearest dataset for an unknown one", () =>
    Effect.gen(function* () {
      const source = yield* DatasetSource
      const error = yield* Effect.flip(source.load("cifar-10"))
      assert.strictEqual(error.op, "name")
      assert.include(error.message, 'no dataset "cifar-10"; known are mnist, fashion-mnist, cifar10')
      assert.include(error.message, 'did you mean "cifar10"?')
      assert.include((yield* Effect.flip(source.info("fashion"))).message, 'did you mean "fashion-mnist"?')
    }).pipe(Effect.provide(DatasetSource.layer))
  )

  live("keeps datasets in memory for tests", () =>
    Effect.gen(function* () {
      const source = yield* DatasetSource
      assert.deepStrictEqual(source.names, ["tiny"])
      assert.strictEqual((yield* source.load("tiny")).train, TinyData.expected.train)
      assert.strictEqual((yield* source.info("tiny")).testImages, 100)
      assert.strictEqual((yield* Effect.flip(source.load("mnist"))).op, "name")
    }).pipe(
      Effect.provide(
        DatasetSource.layerMemory({
          name: "tiny",
          classNames: [],
          statistics: { mean: [0], deviation: [1] },
          ...TinyData.expected
        })
      )
    )
  )
})
