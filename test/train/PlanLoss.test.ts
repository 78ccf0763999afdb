import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Loss from "../../src/train/Loss.js"
import * as Plan from "../../src/train/Plan.js"
import * as Recipe from "../../src/train/recipe/index.js"
import * as Plans from "../support/Plans.js"
import * as Tasks from "../support/Tasks.js"

const reasonOf = (plan: Plan.Plan): string => {
  const failure = Result.getOrThrow(Result.flip(Plan.check(plan)))
  return failure._tag === "PlanError" ? `${failure.reason}\n${failure.fix}` : failure.message
}

const ofValues = Plan.make({ network: Tasks.network(2), dataset: Tasks.values })
const ofLabels = Plan.make({ network: Tasks.network(4), dataset: Tasks.multiple })
const any = (loss: Loss.Loss): Loss.Loss => loss

describe("the loss of a plan", () => {
  it("is by default that of the task", () => {
    for (const plan of [Plans.small, ofLabels, ofValues]) assert.isTrue(Result.isSuccess(Plan.check(plan)))
    assert.deepStrictEqual(
      [Plans.small, ofLabels, ofValues].map(({ loss }) => loss.spec._tag),
      ["CrossEntropy", "BinaryCrossEntropy", "MeanSquared"]
    )
  })

  it("must be for the labels of the dataset", () => {
    const reason = reasonOf(Plan.loss(any(Loss.crossEntropy()))(ofValues))
    assert.include(reason, 'the loss CrossEntropy is for labels of the kind "classes"; those of rows are "values"')
    assert.include(reason, "such as MeanSquared")
  })

  it("needs an output for each label or value", () => {
    const reason = reasonOf(Plan.make({ network: Tasks.network(3), dataset: Tasks.values }))
    assert.include(reason, "linear has 3 outputs; rows has 2 names of values")
  })

  const wrong: ReadonlyArray<readonly [plan: Plan.Plan, says: string]> = [
    [Plan.loss(Loss.crossEntropy({ labelSmoothing: 1 }))(Plans.small), "labelSmoothing of the loss is 1"],
    [Plan.loss(Loss.crossEntropy({ classWeights: [1, 2] }))(Plans.small), "classWeights has 2 numbers for 3 outputs"],
    [Plan.loss(Loss.focal({ classWeights: [1, -2, 1] }))(Plans.small), "classWeights is [1, -2, 1]"],
    [Plan.loss(Loss.focal({ classWeights: [0, 0, 0] }))(Plans.small), "at least 0 that are not all 0"],
    [Plan.loss(Loss.focal({ gamma: 0.5 }))(Plans.small), "gamma of the loss is 0.5; expected at least 1"],
    [Plan.loss(Loss.binaryCrossEntropy({ positiveWeights: [1] }))(ofLabels), "positiveWeights has 1 numbers for 4"],
    [Plan.loss(Loss.binaryFocal({ alpha: 2 }))(ofLabels), "alpha of the loss is 2"],
    [Plan.loss(Loss.huber({ delta: 0 }))(ofValues), "delta of the loss is 0; expected more than 0"]
  ]
  it.each(wrong)("with options that make no sense is refused: %#", (plan, says) => {
    assert.include(reasonOf(plan), says)
  })
})

describe("the loss of a recipe", () => {
  const specOf = (loss: Recipe.Input["loss"]) =>
    Recipe.plan(Recipe.make({ ...(loss === undefined ? {} : { loss }) }), Plans.small.dataset).loss.spec

  it("is cross entropy by default", () => {
    assert.deepStrictEqual(specOf(undefined), { _tag: "CrossEntropy", labelSmoothing: 0 })
  })

  it("has weights that balance the classes of the training images", () => {
    const classWeights = Loss.balancedWeights(Plans.small.dataset.train, 3)
    assert.deepStrictEqual(specOf({ kind: "focal", classWeights: "balanced" }), {
      _tag: "Focal",
      gamma: 2,
      classWeights
    })
  })

  it("is recorded with its options", () => {
    const specs = [
      specOf({ kind: "crossEntropy", labelSmoothing: 0.1, classWeights: [1, 2, 3] }),
      specOf({ kind: "binaryCrossEntropy", positiveWeights: [2, 1, 1] }),
      specOf({ kind: "binaryFocal", alpha: null }),
      specOf({ kind: "meanSquared" }),
      specOf({ kind: "huber", delta: 2 })
    ]
    assert.deepStrictEqual(specs, [
      { _tag: "CrossEntropy", labelSmoothing: 0.1, classWeights: [1, 2, 3] },
      { _tag: "BinaryCrossEntropy", positiveWeights: [2, 1, 1] },
      { _tag: "BinaryFocal", gamma: 2, alpha: null },
      { _tag: "MeanSquared" },
      { _tag: "Huber", delta: 2 }
    ])
  })
})
