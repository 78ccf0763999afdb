import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import sharp from "sharp"
import { PredictResult } from "../../src/cli/Results.js"
import * as ImageSet from "../../src/data/ImageSet.js"
import * as Images from "../../src/data/Images.js"
import * as Cli from "../support/Cli.js"
import * as Data from "../support/Data.js"

const weights = [
  "--network",
  "cifar-resnet20",
  "--weights",
  "test/pretrained/resnet20-12fca82f.th",
  "--normalize",
  "imagenet"
]

/** A folder with the first four of CIFAR-10's test images: a cat, two ships, an airplane. */
const photos = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  const test = yield* Effect.flatMap(Data.subset("cifar10", 1, 4), (dataset) => Images.inMemory(dataset.test))
  yield* fs.makeDirectory(`${folder}/photos/more`, { recursive: true })
  for (const [i, name] of ["a.png", "b, c.jpg", "more/d.webp", "more/e.png"].entries()) {
    const { images } = ImageSet.slice(test, i, i + 1)
    const picture = sharp(images, { raw: { height: 32, width: 32, channels: 3 } })
    const file = yield* Effect.promise(() =>
      (name.endsWith("png")
        ? picture.png()
        : name.endsWith("jpg")
          ? picture.jpeg({ quality: 95 })
          : picture.webp({ quality: 95 })
      ).toBuffer()
    )
    yield* fs.writeFile(`${folder}/photos/${name}`, file)
  }
  return folder
})

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(PredictResult))

describe("predict at the command line", () => {
  it.effect(
    "shows the classes of one file, and of a folder CSV; the rest is predicted where one cannot be read",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* photos

        const one = yield* Cli.run("predict", ...weights, "--top", "2", `${folder}/photos/a.png`)
        assert.deepStrictEqual([one.exitCode, one.stderr], [0, ""])
        assert.match(one.stdout, /^ {0,2}\d+\.\d\d % {2}cat\n {0,2}\d+\.\d\d % {2}\w+$/)

        const rows = yield* Cli.run("predict", ...weights, "--top", "1", "--tta", "flip", `${folder}/photos`)
        assert.deepStrictEqual([rows.exitCode, rows.stderr], [0, ""])
        assert.deepStrictEqual(
          rows.stdout.split("\n").map((row) => row.replace(/,[\d.]+$/, "").replace(`${folder}/photos/`, "")),
          ["file,class,probability", "a.png,cat", '"b, c.jpg",ship', "more/d.webp,ship", "more/e.png,airplane"]
        )

        yield* fs.writeFileString(`${folder}/photos/broken.png`, "no picture")
        const embeddings = `${folder}/embeddings.csv`
        const all = [`${folder}/photos`, `${folder}/missing.png`, "--features", embeddings]
        const some = yield* Cli.run("predict", ...weights, "--json", ...all)
        assert.deepStrictEqual([some.exitCode, some.stderr], [1, ""])
        const { failed, images, network } = yield* decode(some.stdout)
        assert.strictEqual(network, "cifar-resnet20")
        assert.deepStrictEqual(
          images.map(({ top }) => [top.length, top[0]!.className, top[0]!.label]),
          [
            [5, "cat", 3],
            [5, "ship", 8],
            [5, "ship", 8],
            [5, "airplane", 0]
          ]
        )
        assert.deepStrictEqual(
          failed.map(({ file }) => file),
          [`${folder}/photos/broken.png`, `${folder}/missing.png`]
        )
        assert.include(failed[0]!.reason, "unsupported image format")
        assert.include(failed[1]!.reason, "does not exist")
        const lines = (yield* fs.readFileString(embeddings)).trim().split("\n")
        assert.deepStrictEqual(
          lines.map((line) => line.replace(/^".*"/, "quoted").split(",").length),
          [65, 65, 65, 65]
        )
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    60_000
  )

  it.effect("takes published weights by name, with their preprocessing", () =>
    Effect.gen(function* () {
      const folder = yield* photos
      const variables = { EFFECT_TENSORFLOW_PRETRAINED_DIR: "test/pretrained" }
      const image = `${folder}/photos/a.png`
      const one = yield* Cli.run("predict", ...weights, image)
      for (const named of [
        ["--network", "cifar-resnet20", "--weights", "pretrained"],
        ["--weights", "pretrained:cifar-resnet20"]
      ]) {
        const other = yield* Cli.runWith(variables, "predict", ...named, image)
        assert.deepStrictEqual(other, one)
      }
      const wrong = ["--network", "cifar-resnet32", "--weights", "pretrained:cifar-resnet20"]
      const { exitCode, stderr } = yield* Cli.runWith(variables, "predict", ...wrong, image)
      assert.strictEqual(exitCode, 2)
      assert.include(stderr, "cifar-resnet20 are the weights of cifar-resnet20")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("refuses what cannot be meant", () =>
    Effect.gen(function* () {
      for (const [args, message] of [
        [["a.png"], "say what to predict with: --run DIR, or --network NAME and --weights FILE or pretrained"],
        [[...weights, "--top", "0", "a.png"], "--top: expected a whole number of at least 1"],
        [[...weights, "--kinds", "kinds.js", "a.png"], "--kinds goes with --run"],
        [["--run", "run", "--kinds", "test/no-such.js", "a.png"], "cannot be imported"],
        [["--run", "run", "--kinds", "scripts/check-imports.ts", "a.png"], "exports no kinds of layer"],
        [[...weights, "src"], "there is no PNG, JPEG or WebP file in src"]
      ] as const) {
        const { exitCode, stderr } = yield* Cli.run("predict", ...args)
        assert.strictEqual(exitCode, 2, stderr)
        assert.include(stderr, message)
      }
    })
  )
})
