import { assert, it } from "@effect/vitest"
import { check } from "../../scripts/check-imports.js"

const problems = (files: Readonly<Record<string, string>>) => check(new Map(Object.entries(files)))

it("imports in the order of the folders are all right, and so is an example in a docstring", () => {
  assert.deepStrictEqual(
    problems({
      "internal/Random.ts": "",
      "data/Set.ts": 'import * as Random from "../internal/Random.js"',
      "train/Plan.ts": '/** import * as Cli from "../cli.js" */\nimport type {\n  Set\n} from "../data/Set.js"',
      "services/run/Trainer.ts": 'import { readFile } from "node:fs"\nexport * from "../../train/Plan.js"',
      "cli.ts": 'const { fit } = await import("./services/run/Trainer.js")'
    }),
    []
  )
})

it("each broken rule is named with its place", () => {
  const [against, missing, tensors, node, circle, ...none] = problems({
    "data/Set.ts": 'import * as tf from "@tensorflow/tfjs-core"\nimport { Layer } from "../model/Layer.js"',
    "model/Layer.ts": 'export { a } from "./Other.js"\nimport { b } from "../internal/Files.js"',
    "model/Other.ts": 'import type { Layer } from "./Layer.js"\nimport "./Gone.js"',
    "internal/Files.ts": 'import { readFile } from "node:fs"'
  })
  assert.strictEqual(against, "src/data/Set.ts:2: data must not import model (data may import internal)")
  assert.strictEqual(missing, "src/model/Other.ts:2: imports ./Gone.js, which is not under src/")
  assert.strictEqual(tensors, "src/data/Set.ts:1: imports @tensorflow/tfjs-core, but src/data is host side only")
  assert.strictEqual(node, "src/internal/Files.ts:1: imports node:fs, but src/model must load in a browser")
  assert.strictEqual(circle, "circular import: src/model/Layer.ts -> src/model/Other.ts -> src/model/Layer.ts")
  assert.deepStrictEqual(none, [])
})
