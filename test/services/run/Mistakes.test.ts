import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import * as MnistCnn from "../../../src/model/families/MnistCnn.js"
import * as Init from "../../../src/model/Init.js"
import * as Evaluator from "../../../src/services/run/Evaluator.js"
import { Trainer } from "../../../src/services/run/Trainer.js"
import type { Loss } from "../../../src/train/Loss.js"
import * as LossFunctions from "../../../src/train/Loss.js"
import * as Optimizer from "../../../src/train/Optimizer.js"
import * as Plan from "../../../src/train/Plan.js"
import * as Policy from "../../../src/train/Policy.js"
import type { Transform } from "../../../src/train/Transform.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import * as Plans from "../../support/Plans.js"
import * as Runs from "../../support/Runs.js"

const failure = (plan: Plan.Plan) => Effect.flip(Effect.flatMap(Trainer, (trainer) => trainer.fit(plan)))

const usual = LossFunctions.crossEntropy()
const loss = (mean: (outputs: tf.Tensor2D, targets: tf.Tensor2D) => unknown): Loss => ({
  spec: { _tag: "Custom" },
  tasks: ["classes"],
  // What a program without types may give.
  mean: mean as Loss["mean"]
})

const sgd = Optimizer.sgd({ momentum: 0.9 })
const optimizer = (update: (...args: Parameters<Transform["update"]>) => unknown): Transform => ({
  ...sgd,
  spec: { _tag: "Custom" },
  update: update as Transform["update"]
})

const policy = (on: () => never) =>
  Policy.make({
    name: "custom",
    state: Schema.Null,
    initial: null,
    on: (state, event) => (event._tag === "StepEnded" && event.step === 1 ? on() : [state, []])
  })

const throwing = (): never => {
  throw new Error("a mistake")
}

describe("a mistake in a part of the plan is an error of that part, and leaves no tensor", () => {
  const mistakes: ReadonlyArray<readonly [name: string, plan: Plan.Plan, part: string, says: string]> = [
    ["a loss that throws", Plan.loss(loss(throwing))(Plans.small), "loss", "threw: a mistake"],
    ["a loss that returns nothing", Plan.loss(loss(() => undefined))(Plans.small), "loss", "gave nothing"],
    ["a loss for each sample", Plan.loss(loss((outputs) => tf.sum(outputs, 1)))(Plans.small), "loss", "shape [8]"],
    [
      "a loss that it has freed",
      Plan.loss(
        loss((outputs, targets) => {
          const value = usual.mean(outputs, targets)
          value.dispose()
          return value
        })
      )(Plans.small),
      "loss",
      "a tensor that was disposed of"
    ],
    [
      "a loss that frees the outputs",
      Plan.loss(
        loss((outputs, targets) => {
          const value = usual.mean(outputs, targets)
          outputs.dispose()
          return value
        })
      )(Plans.small),
      "loss",
      "disposed of the outputs"
    ],
    ["an optimizer that throws", Plan.optimizer(optimizer(throwing))(Plans.small), "optimizer", "threw: a mistake"],
    ["an optimizer that returns nothing", Plan.optimizer(optimizer(() => undefined))(Plans.small), "optimizer", ""],
    [
      "an optimizer without updates",
      Plan.optimizer(optimizer(() => [{}, {}]))(Plans.small),
      "optimizer",
      "gave nothing from update"
    ],
    [
      "an optimizer that frees a parameter",
      Plan.optimizer(
        optimizer((gradients, slots, at) => {
          const updated = sgd.update(gradients, slots, at)
          at.params["fc1.weight"]?.dispose()
          return updated
        })
      )(Plans.small),
      "optimizer",
      "disposed of the parameter fc1.weight"
    ],
    ["a policy that throws", Plan.policy(policy(throwing))(Plans.small), "policy", "threw: a mistake"],
    [
      "a policy whose state is not of its schema",
      Plan.policy(Policy.make({ name: "custom", state: Schema.Int, initial: 0, on: () => [0.5, []] }))(Plans.small),
      "policy",
      "threw"
    ],
    ["a learning rate that throws", Plan.rate(() => throwing)(Plans.small), "learning rate", "threw: a mistake"],
    [
      "a learning rate that throws later",
      Plan.rate(() => (step) => (step < 3 ? 0.1 : throwing()))(Plans.small),
      "learning rate",
      "threw: a mistake"
    ]
  ]
  it.effect.each(mistakes)("%s", ([, plan, part, says]) =>
    Effect.gen(function* () {
      const error = yield* failure(plan)
      assert.strictEqual(error._tag, "PartError", error.message)
      assert.include(error.message, `the ${part} of the plan`)
      assert.include(error.message, says)
      assert.notInclude(error.message, "memory")
    }).pipe(assertNoLeak, Runs.fresh)
  )

  it.effect("keeps what was thrown", () =>
    Effect.gen(function* () {
      const error = yield* failure(Plan.loss(loss(throwing))(Plans.small))
      assert.strictEqual(error._tag === "PartError" && error.cause instanceof Error && error.cause.message, "a mistake")
    }).pipe(Runs.fresh)
  )
})

describe("weights of another network", () => {
  const other = Init.init(MnistCnn.make(), 0)

  it.effect("are refused by a plan that is to begin with them", () =>
    Effect.gen(function* () {
      const error = yield* failure(Plan.startFrom(other)(Plans.small))
      assert.strictEqual(error._tag, "WeightsError")
      assert.include(error.message, "fc1.weight")
    }).pipe(assertNoLeak, Runs.fresh)
  )

  it.effect("are refused by an evaluator", () =>
    Effect.gen(function* () {
      const { dataset, network } = Plans.small
      const { statistics, test: set } = dataset
      const { "fc3.bias": _, ...params } = Init.init(network, 0).params
      for (const weights of [other, { params, state: {} }]) {
        const error = yield* Effect.flip(Evaluator.evaluateWeights({ network, weights, set, statistics }))
        assert.strictEqual(error._tag, "WeightsError")
        assert.include(error.message, "fc3.bias")
      }
    }).pipe(assertNoLeak, Runs.fresh)
  )

  it.effect(
    "are not needed: an evaluator of the right ones evaluates several sets, and frees them with its scope",
    () =>
      Effect.gen(function* () {
        const { dataset, network } = Plans.small
        const weights = Init.init(network, 0)
        const evaluations = yield* Effect.scoped(
          Effect.gen(function* () {
            const { evaluate } = yield* Evaluator.make({ network, weights, statistics: dataset.statistics })
            return [yield* evaluate(dataset.test), yield* evaluate(dataset.train), yield* evaluate(dataset.test)]
          })
        )
        assert.deepStrictEqual(
          evaluations.map(({ scores }) => scores.total),
          [10, 44, 10]
        )
        assert.deepStrictEqual(evaluations[0], evaluations[2])
      }).pipe(assertNoLeak, Runs.fresh)
  )
})
