import { NodeServices } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import sharp from "sharp"
import { schema } from "../../src/cli/Rate.js"
import * as Cli from "../support/Cli.js"
import { squares } from "../support/Squares.js"

it.effect("rate draws the learning rate of a recipe", () =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* squares
    const settings = [
      "dataset=folder",
      `data.dir=${folder}/squares`,
      "data.size=16",
      "data.channels=1",
      "data.testFraction=0.25",
      "network=mnist-cnn",
      "batchSize=2",
      "epochs=3",
      'rate={"kind":"constant","rate":0.25}'
    ].flatMap((assignment) => ["--set", assignment])
    const out = `${folder}/new/rate.svg`
    const drawn = yield* Cli.run("rate", ...settings, "--out", out, "--json")
    assert.strictEqual(drawn.stderr, "")
    const { steps, ...result } = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(drawn.stdout)
    assert.deepStrictEqual(result, { file: out, first: 0.25, highest: 0.25, last: 0.25 })
    assert.strictEqual(steps % 3, 0)
    assert.include(yield* fs.readFileString(out), "Learning rate")
    const png = `${folder}/rate.png`
    assert.strictEqual((yield* Cli.run("rate", ...settings, "--out", png)).exitCode, 0)
    assert.strictEqual((yield* Effect.promise(() => sharp(png).metadata())).format, "png")

    const wrong = yield* Cli.run("rate", ...settings, "--out", `${folder}/rate.gif`)
    assert.strictEqual(wrong.exitCode, 2)
    assert.include(wrong.stderr, "a file that ends with .svg or .png")
    assert.isFalse(yield* fs.exists(`${folder}/rate.gif`))
  }).pipe(Effect.provide(NodeServices.layer))
)
