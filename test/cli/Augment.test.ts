import { NodeServices } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import sharp from "sharp"
import { schema } from "../../src/cli/Augment.js"
import * as Cli from "../support/Cli.js"
import { squares } from "../support/Squares.js"

it.effect("augment draws images as epochs show them", () =>
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
      'augment=[{"crop":{"padding":2,"mode":"zero"}},{"randAugment":{}}]'
    ].flatMap((assignment) => ["--set", assignment])
    const out = `${folder}/new/sheet.png`
    const drawn = yield* Cli.run("augment", ...settings, "--images", "3", "--epochs", "4", "--out", out, "--json")
    assert.strictEqual(drawn.stderr, "")
    const result = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(drawn.stdout)
    assert.deepStrictEqual(result, { file: out, images: 3, epochs: 4 })
    const { format, height = 0 } = yield* Effect.promise(() => sharp(out).metadata())
    assert.strictEqual(format, "png")
    // A line of titles and three images of 32 units with a gap of 3, each of two pixels.
    assert.strictEqual(height, 2 * (18 + 3 * 35 + 3))

    const wrong = yield* Cli.run("augment", ...settings, "--set", 'augment=[{"crop":{"padding":16,"mode":"zero"}}]')
    assert.strictEqual(wrong.exitCode, 1)
    assert.include(wrong.stderr, "the crop's padding is 16; for images of 16x16 it is an integer of 0 to 15")
    const unknown = yield* Cli.run("augment", ...settings, "--set", 'augment=[{"spin":{}}]')
    assert.strictEqual(unknown.exitCode, 2)
    assert.include(unknown.stderr, "expected a list of steps, such as")
    assert.isFalse(yield* fs.exists("augmentation.png"))
  }).pipe(Effect.provide(NodeServices.layer))
)
