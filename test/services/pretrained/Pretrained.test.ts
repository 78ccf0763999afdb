import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, FileSystem, Layer, Result } from "effect"
import { FetchHttpClient } from "effect/http"
import { sha256 } from "../../../src/internal/Digest.js"
import * as Network from "../../../src/model/Network.js"
import * as Networks from "../../../src/model/Networks.js"
import * as Summary from "../../../src/model/Summary.js"
import * as Pretrained from "../../../src/services/pretrained/Pretrained.js"
import * as FileServer from "../../support/FileServer.js"
import * as WeightFiles from "../../support/WeightFiles.js"

const platform = Layer.merge(NodeServices.layer, FetchHttpClient.layer)
const name = "resnet20-12fca82f.th"

/** Runs with an empty cache of its own. */
const fresh = <A, E, R>(use: (folder: string) => Effect.Effect<A, E, R>, variables: Record<string, string> = {}) =>
  Effect.gen(function* () {
    const folder = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
    const env = { EFFECT_TENSORFLOW_CACHE: `${folder}/cache`, ...variables }
    return yield* Effect.provideService(use(folder), ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
  }).pipe(Effect.scoped, Effect.provide(platform))

/** Parameters for the classes of the weights, as their authors count them. */
const counts: Readonly<Record<string, number>> = {
  "cifar-resnet20": 269_722,
  "cifar-resnet32": 464_154,
  "cifar-resnet44": 658_586,
  "cifar-resnet56": 853_018,
  "cifar-resnet110": 1_727_962,
  "cifar-resnet1202": 19_421_274,
  resnet18: 11_689_512,
  resnet34: 21_797_672,
  resnet50: 25_557_032,
  resnet101: 44_549_160,
  resnet152: 60_192_808,
  wide_resnet50_2: 68_883_240,
  wide_resnet101_2: 126_886_696
}

describe("the catalogue of published weights", () => {
  it("has networks that parse and have as many parameters as published, and sums that begin as the file's name says", () => {
    assert.sameMembers([...new Set(Pretrained.entries.map(({ network }) => network))], Object.keys(counts))
    for (const { file, network: word, preprocessing, sha256, spec } of Pretrained.entries) {
      assert.deepStrictEqual(Result.getOrThrow(Networks.parse(word)), spec)
      const { channels, classNames, height, width } = preprocessing
      const network = Networks.build(spec, { input: { height, width, channels }, classes: classNames.length })
      assert.strictEqual(network.name, word)
      assert.strictEqual(Result.getOrThrow(Summary.summarize(network)).parameters, counts[word])
      assert.isTrue(Result.isSuccess(Network.validate(network)))
      assert.match(sha256, /^([0-9a-f]{8}|[0-9a-f]{64})$/)
      assert.include(file, `-${sha256.slice(0, 8)}.`)
      assert.include([10, 1000], new Set(classNames).size)
    }
  })

  it.effect("finds the better ones of a network, others by their own name, and says what is near", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Pretrained.find("resnet50")).name, "resnet50-v2")
      assert.strictEqual((yield* Pretrained.find("resnet50-v1")).accuracy, 0.7613)
      assert.strictEqual((yield* Pretrained.find("resnet18-imagenet")).name, "resnet18-v1")
      const { message } = yield* Effect.flip(Pretrained.find("resnet51"))
      assert.include(message, 'no published weights are known for "resnet51"')
      assert.include(message, 'did you mean "resnet50"?')
    })
  )
})

describe("Pretrained.load", () => {
  it.effect("from a directory gives the published weights, and copies nothing", () =>
    fresh((folder) =>
      Effect.gen(function* () {
        const { entry, preprocessing, weights } = yield* Pretrained.load("cifar-resnet20", {
          directory: "test/pretrained"
        })
        assert.strictEqual(entry.accuracy, 0.9173)
        assert.strictEqual(preprocessing.classNames[3], "cat")
        assert.deepStrictEqual(weights.params["linear.weight"]?.shape, [64, 10])
        assert.isFalse(yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.exists(`${folder}/cache`)))
      })
    )
  )

  it.effect("from the directory and mirror of the environment, and then from the cache, without the network", () =>
    Effect.gen(function* () {
      const bytes = yield* WeightFiles.bytes(name)
      const server = yield* FileServer.make({ [`/${name}`]: bytes })
      yield* fresh(
        (folder) =>
          Effect.gen(function* () {
            yield* Pretrained.load("cifar-resnet20")
            assert.strictEqual(server.seen.length, 1)
            yield* Pretrained.load("cifar-resnet20")
            assert.strictEqual(server.seen.length, 1)
            const fs = yield* FileSystem.FileSystem
            assert.deepStrictEqual(yield* fs.readDirectory(`${folder}/cache/pretrained`), [name])
            // A damaged file of the cache is fetched again.
            yield* fs.writeFile(`${folder}/cache/pretrained/${name}`, bytes.subarray(1))
            yield* Pretrained.load("cifar-resnet20")
            assert.strictEqual(server.seen.length, 2)
          }),
        { EFFECT_TENSORFLOW_PRETRAINED_MIRROR: `${server.address}/` }
      )
      yield* fresh(() => Pretrained.load("cifar-resnet20"), { EFFECT_TENSORFLOW_PRETRAINED_DIR: "test/pretrained" })
    }).pipe(Effect.scoped)
  )

  it.effect("resumes a download that breaks off, of a size that only the server says", () =>
    Effect.gen(function* () {
      const bytes = yield* WeightFiles.bytes(name)
      // The request for the size is the first one that the server sees.
      const server = yield* FileServer.make({ [`/${name}`]: bytes }, { cutAfter: 400_000, cuts: 2 })
      const { bytes: _, sha256: sum, ...entry } = yield* Pretrained.find("cifar-resnet20")
      const unsized = { ...entry, sha256: sum.slice(0, 8), address: server.address }
      const onProgress = ({ received }: { readonly received: number }) =>
        received === 400_000 ? server.cut : Effect.void
      const fetched = yield* fresh(() => Pretrained.fetch(unsized, { onProgress }))
      assert.strictEqual(sha256(fetched), sum)
      assert.isDefined(server.seen.find(({ range }) => range?.startsWith("bytes=")))
    }).pipe(Effect.scoped)
  )

  it.effect("two fetches at once end with one file", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make({ [`/${name}`]: yield* WeightFiles.bytes(name) })
      yield* fresh((folder) =>
        Effect.gen(function* () {
          const load = Pretrained.load("cifar-resnet20", { mirror: server.address })
          yield* Effect.all([load, load], { concurrency: 2 })
          const fs = yield* FileSystem.FileSystem
          assert.deepStrictEqual(yield* fs.readDirectory(`${folder}/cache/pretrained`), [name])
        })
      )
    }).pipe(Effect.scoped)
  )

  it.effect("other bytes and no network are errors that say where the file may lie", () =>
    Effect.gen(function* () {
      const server = yield* FileServer.make({ [`/${name}`]: (yield* WeightFiles.bytes(name)).slice().fill(7, 0, 9) })
      const altered = yield* Effect.flip(fresh(() => Pretrained.load("cifar-resnet20", { mirror: server.address })))
      assert.strictEqual(altered._tag, "PretrainedError")
      assert.include(altered.message, "expected SHA-256 12fca82f")
      yield* fresh((folder) =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          yield* fs.writeFileString(`${folder}/${name}`, "other bytes")
          const wrong = yield* Effect.flip(Pretrained.load("cifar-resnet20", { directory: folder }))
          assert.include(wrong.message, `${folder}/${name} is truncated or altered`)
        })
      )
      const entry = { ...(yield* Pretrained.find("cifar-resnet20")), address: "http://127.0.0.1:9" }
      const { message } = yield* Effect.flip(fresh(() => Pretrained.fetch(entry)))
      assert.include(message, `put the published file ${name} into a folder`)
      assert.include(message, "EFFECT_TENSORFLOW_PRETRAINED_DIR")
    }).pipe(Effect.scoped)
  )
})
