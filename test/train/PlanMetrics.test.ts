import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Metric from "../../src/train/Metric.js"
import * as Metrics from "../../src/train/Metrics.js"
import * as Plan from "../../src/train/Plan.js"
import * as Recipe from "../../src/train/recipe/index.js"
import * as Plans from "../support/Plans.js"

const refusal = (...metrics: ReadonlyArray<Metric.Metric>) =>
  Result.getOrThrow(Result.flip(Plan.check(Plan.metrics(metrics)(Plans.small)))).message

describe("the metrics of a plan", () => {
  it("are those of the task where none are chosen", () => {
    const { metrics } = Result.getOrThrow(Plan.check(Plans.small))
    assert.deepStrictEqual(metrics, [Metrics.accuracy])
  })

  it("are refused where they are not for the labels, or share a name", () => {
    assert.include(
      refusal(Metrics.mae),
      'the metric mae is for labels of the kind "values"; those of noise are "classes"'
    )
    assert.include(refusal(Metrics.topK(2), Metrics.topK(2)), 'two metrics are called "top-2"')
    const loss = Metric.perSample({ name: "loss", tasks: ["classes"], goal: "min", of: () => 0 })
    assert.include(refusal(loss), 'a metric is called "loss"')
  })

  it("have names in a recipe", () => {
    const recipe = Recipe.make({ metrics: ["accuracy", "top-5", "f1-macro"] })
    assert.deepStrictEqual(
      Recipe.plan(recipe, Plans.noise(44, 10)).metrics?.map(({ name }) => name),
      ["accuracy", "top-5", "f1-macro"]
    )
    const wrong = Schema.decodeUnknownResult(Recipe.Recipe)({ metrics: ["acuracy"] })
    assert.include(Result.getOrThrow(Result.flip(wrong)).message, "f1-macro")
  })
})
