import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Init from "../../src/model/Init.js"
import * as Recipes from "../../src/train/Recipes.js"
import * as Data from "../support/Data.js"

const recipe = {
  ...Recipes.presets["cifar10-quick"],
  seed: 3,
  labelSmoothing: 0,
  validation: 0,
  checkpointEvery: 0
} as const

describe("the plan of a recipe", () => {
  it.effect("gives airbench a first layer that whitens the training images; all else begins as the seed has it", () =>
    Effect.gen(function* () {
      const dataset = yield* Data.subset("cifar10", 300, 1)
      const { network, start } = Recipes.plan({ ...recipe, network: { name: "airbench94" } }, dataset)
      const random = Init.init(network, 3)
      assert.deepStrictEqual(start?.params, random.params)
      const filters = start?.state["whiten.weight"]
      assert.deepStrictEqual(filters?.shape, random.state["whiten.weight"]?.shape)
      // Natural images vary most in brightness, and whitening divides by that: the first filter is the smallest.
      const norms = Array.from({ length: 12 }, (_, output) =>
        Math.hypot(...Array.from({ length: 12 }, (_, input) => filters!.data[input * 24 + output]!))
      )
      assert.deepStrictEqual(
        norms.toSorted((a, b) => a - b),
        norms
      )
      assert.isAbove(norms[11]! / norms[0]!, 10)
    })
  )

  it.effect("leaves the first weights of other networks to the run", () =>
    Effect.gen(function* () {
      const dataset = yield* Data.subset("cifar10", 300, 1)
      assert.isUndefined(Recipes.plan(recipe, dataset).start)
    })
  )
})
