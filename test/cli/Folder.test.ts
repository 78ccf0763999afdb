import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import { EvaluateResult, TrainResult } from "../../src/cli/Results.js"
import * as Cli from "../support/Cli.js"
import { squares } from "../support/Squares.js"

const decode = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, text: string) =>
  Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text)

/** The bytes of every file of a run, but for its locks. */
const bytesIn = (directory: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const names = yield* fs.readDirectory(directory, { recursive: true })
    return yield* Effect.forEach(names.filter((name) => !name.startsWith("lock.")).sort(), (name) =>
      Effect.map(
        Effect.orElseSucceed(fs.readFile(`${directory}/${name}`), () => new Uint8Array()),
        (bytes) => [name, Buffer.from(bytes).toString("base64")]
      )
    )
  })

describe("a folder of images at the command line", () => {
  it.effect(
    "is trained and evaluated on, and its classes go with what is exported",
    () =>
      Effect.gen(function* () {
        const folder = yield* squares
        const out = `${folder}/run`
        const set = [
          "dataset=folder",
          `data.dir=${folder}/squares`,
          "data.size=16",
          "data.channels=1",
          "data.testFraction=0.25",
          "network=mnist-cnn",
          "epochs=3",
          "batchSize=5"
        ].flatMap((assignment) => ["--set", assignment])
        const trained = yield* Cli.run("train", ...set, "--out", out, "--json")
        assert.strictEqual(trained.stderr, "")
        const { test } = yield* decode(TrainResult, trained.stdout)
        assert.deepStrictEqual([test.total, test.metrics.accuracy], [10, 1])

        const evaluated = yield* Cli.run("evaluate", "--run", out, "--json")
        assert.strictEqual(evaluated.stderr, "")
        const result = yield* decode(EvaluateResult, evaluated.stdout)
        assert.deepStrictEqual([result.dataset, result.metrics.accuracy, result.total], ["folder", 1, 10])
        assert.strictEqual(result.loss, test.loss)

        const other = ["--dataset", "folder", "--normalize", "imagenet"]
        const refused = yield* Cli.run("evaluate", "--run", out, ...other)
        assert.strictEqual(refused.exitCode, 2)
        assert.include(refused.stderr, `are of 3 channels, and Images in ${folder}/squares has 1`)

        const exported = yield* Cli.run("export", "--run", out, "--to", "onnx", "--out", `${folder}/squares.onnx`)
        assert.deepStrictEqual([exported.exitCode, exported.stderr], [0, ""])
        const written = yield* Effect.flatMap(FileSystem.FileSystem, (fs) =>
          fs.readFileString(`${folder}/squares.onnx`)
        )
        assert.include(written, "bright")

        const before = yield* bytesIn(out)
        const resume = ["train", "--resume", "--out", out]
        for (const refused of [
          yield* Cli.run(...resume, "--set", "batchSize=6"),
          yield* Cli.runWith({ EFFECT_TENSORFLOW_BATCH_SIZE: "6" }, ...resume),
          yield* Cli.run(...resume, "--set", "network=resnet18", "--set", "epochs=4"),
          yield* Cli.run(...resume, "--set", "epochs=4")
        ]) {
          assert.deepStrictEqual([refused.exitCode, refused.stdout], [1, ""])
          assert.match(refused.stderr, /batchSize: 5 then, 6 now|network\.|--change epochs/)
          assert.deepStrictEqual(yield* bytesIn(out), before)
        }
        const typo = `${folder}/rnu`
        const missing = yield* Cli.run("train", "--resume", "--out", typo)
        assert.strictEqual(missing.exitCode, 1)
        assert.include(missing.stderr, `there is no run in ${typo}`)
        const fs = yield* FileSystem.FileSystem
        assert.isFalse(yield* fs.exists(typo))

        const longer = yield* Cli.run(...resume, "--set", "epochs=4", "--change", "epochs", "--json")
        assert.strictEqual(longer.stderr, "")
        assert.strictEqual((yield* decode(TrainResult, longer.stdout)).epochs, 4)

        yield* fs.rename(`${folder}/squares`, `${folder}/gone`)
        const blind = yield* Cli.run("evaluate", "--run", out)
        assert.strictEqual(blind.exitCode, 1)
        assert.include(blind.stderr, `${folder}/squares`)
        const still = yield* Cli.run("export", "--run", out, "--to", "onnx", "--out", `${folder}/again.onnx`)
        assert.deepStrictEqual([still.exitCode, still.stderr], [0, ""])
        const moved = yield* Cli.runWith({ EFFECT_TENSORFLOW_DATA_DIR: `${folder}/gone` }, "evaluate", "--run", out)
        assert.deepStrictEqual([moved.exitCode, moved.stderr], [0, ""])
        assert.include(moved.stdout, "10")
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    120_000
  )

  it.effect("is asked for by name", () =>
    Effect.gen(function* () {
      const { exitCode, stderr } = yield* Cli.run("data", "info", "folder")
      assert.strictEqual(exitCode, 1)
      assert.include(stderr, 'the dataset "folder" is the images in a directory, and none is named')
      assert.include(stderr, "--set data.dir=..., or EFFECT_TENSORFLOW_DATA_DIR")
    })
  )
})
