import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer } from "effect"
import * as Compare from "../../../src/services/directory/Compare.js"
import * as Seeds from "../../../src/services/directory/Seeds.js"
import * as Training from "../../../src/services/directory/Training.js"
import * as Plan from "../../../src/train/Plan.js"
import { backends } from "../../support/Backends.js"
import * as Plans from "../../support/Plans.js"

const services = Layer.mergeAll(NodeServices.layer, backends.tensorflow)
const plan = Plan.epochs(1)(Plans.small)
const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

describe("comparing directories", () => {
  it.effect("takes runs, and seeds as one", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* temporary
      yield* Training.train(Plan.batchSize(4)(plan), { directory: `${directory}/x/run` })
      yield* Seeds.train({
        directory: `${directory}/seeds`,
        seeds: [0, 1],
        train: (seed, at) => Training.train(Plan.seed(seed)(plan), at)
      })
      const compared = yield* Compare.compare([`${directory}/x/run`, `${directory}/seeds`])
      assert.deepStrictEqual(
        compared.scores.rows.map(([name, runs]) => [name, runs]),
        [
          ["run", "1"],
          ["seeds", "2"]
        ]
      )
      assert.deepInclude(compared.settings.rows, ["batchSize", "4", "8"])
      const files = yield* Compare.write(`${directory}/a/b`, compared)
      assert.deepStrictEqual(
        files.map((file) => file.slice(directory.length)),
        ["/a/b/compare.html", "/a/b/compare.svg", "/a/b/compare.txt"]
      )
      assert.strictEqual(yield* fs.readFileString(files[2] ?? ""), compared.text)
    }).pipe(Effect.provide(services))
  )

  it.effect("needs two, each with a run", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      assert.include(
        (yield* Effect.flip(Compare.compare([directory, `${directory}/`]))).message,
        "nothing to compare: 1 different"
      )
      assert.include((yield* Effect.flip(Compare.compare([directory, "/none"]))).message, "is no run directory")
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
