import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import { FastDevRunResult, OverfitBatchResult } from "../../src/cli/Results.js"
import * as Seeds from "../../src/services/directory/Seeds.js"
import * as Cli from "../support/Cli.js"
import { squares } from "../support/Squares.js"

const decode = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, text: string) =>
  Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text)

const settings = (folder: string) =>
  [
    "dataset=folder",
    `data.dir=${folder}/squares`,
    "data.size=16",
    "data.channels=1",
    "data.testFraction=0.25",
    "network=mnist-cnn",
    "epochs=1",
    "batchSize=5"
  ].flatMap((assignment) => ["--set", assignment])

describe("train", () => {
  it.effect("tries every part of a run, and keeps nothing", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* squares
      const { exitCode, stdout, stderr } = yield* Cli.run("train", ...settings(folder), "--fast-dev-run", "--json")
      assert.deepStrictEqual([exitCode, stderr], [0, ""])
      assert.strictEqual((yield* decode(FastDevRunResult, stdout)).steps, 4)
      assert.deepStrictEqual(yield* fs.readDirectory(folder), ["squares"])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("learns a batch by heart, or says that it does not, with exit status 1", () =>
    Effect.gen(function* () {
      const folder = yield* squares
      const learned = yield* Cli.run("train", ...settings(folder), "--overfit-batch", "--json")
      assert.deepStrictEqual([learned.exitCode, learned.stderr], [0, ""])
      assert.isTrue((yield* decode(OverfitBatchResult, learned.stdout)).passed)
      const slow = yield* Cli.run("train", ...settings(folder), "--set", "rate.peak=1e-9", "--overfit-batch")
      assert.strictEqual(slow.exitCode, 1)
      assert.match(slow.stdout, /does not learn a batch of 5 images by heart: loss .*\n {2}fix: /)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("writes what reporters are asked for, and resumes with the same limit and reporters", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* squares
      const out = `${folder}/run`
      const flags = ["--limit-train", "0.5", "--reporter", "csv", "--reporter", "tensorboard"]
      assert.strictEqual((yield* Cli.run("train", ...settings(folder), ...flags, "--out", out)).stderr, "")
      const rows = Effect.map(fs.readFileString(`${out}/steps.csv`), (text) => text.trimEnd().split("\n").length - 1)
      assert.strictEqual(yield* rows, 3)
      const longer = ["--resume", "--change", "epochs", "--set", "epochs=2", "--out", out]
      assert.strictEqual((yield* Cli.run("train", ...longer)).stderr, "")
      assert.strictEqual(yield* rows, 6)
      assert.lengthOf(yield* fs.readDirectory(`${out}/tensorboard`), 2)
      const other = yield* Cli.run("train", "--resume", "--limit-train", "0.25", "--out", out)
      assert.strictEqual(other.exitCode, 1)
      assert.include(other.stderr, "limitTrain: 0.5 then, 0.25 now")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("trains with several seeds, adds further ones, and compares them with a run", () =>
    Effect.gen(function* () {
      const folder = yield* squares
      const out = `${folder}/seeds`
      const trained = yield* Cli.run("train", ...settings(folder), "--seeds", "2", "--out", out, "--json")
      assert.deepStrictEqual([trained.exitCode, trained.stderr], [0, ""])
      const { runs } = yield* decode(Seeds.Seeds, trained.stdout)
      assert.deepStrictEqual(
        runs.map(({ seed }) => seed),
        [0, 1]
      )
      const more = yield* Cli.run("train", "--resume", "--seeds", "3", "--out", out)
      assert.strictEqual(more.stderr, "")
      assert.match(more.stdout, /test accuracy: mean .*\(n = 3\)/)
      const compared = yield* Cli.run("compare", out, `${out}/seed-1`, "--out", `${folder}/compared`)
      assert.strictEqual(compared.stderr, "")
      assert.include(compared.stdout, `${folder}/compared/compare.html`)
      assert.match(compared.stdout, /^seed +0 +1$/m)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("refuses what makes no sense together", () =>
    Effect.gen(function* () {
      for (const [flags, says] of [
        [["--fast-dev-run", "--out", "x"], "keeps nothing"],
        [["--overfit-batch", "--resume", "--out", "x"], "keeps nothing"],
        [["--fast-dev-run", "--seeds", "2"], "--seeds goes with whole runs"],
        [["--seeds", "0"], "seeds"],
        [["--limit-train", "1.5"], "a fraction below 1 or a whole number of images"],
        [["--reporter", "wandb"], "tensorboard"]
      ] as const) {
        const { exitCode, stderr } = yield* Cli.run("train", ...flags)
        assert.strictEqual(exitCode, 2, stderr)
        assert.include(stderr, says)
      }
    })
  )
})
