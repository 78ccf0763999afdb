import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result, Schema } from "effect"
import * as Kinds from "../../../src/model/Kinds.js"
import * as Layer from "../../../src/model/Layer.js"
import * as Layers from "../../../src/model/Layers.js"
import type { Network } from "../../../src/model/Network.js"
import { Trainer } from "../../../src/services/run/Trainer.js"
import * as Loss from "../../../src/train/Loss.js"
import * as Optimizer from "../../../src/train/Optimizer.js"
import * as Plan from "../../../src/train/Plan.js"
import * as Policy from "../../../src/train/Policy.js"
import type { TensorLeakError } from "../../../src/train/TrainError.js"
import * as Plans from "../../support/Plans.js"
import * as Runs from "../../support/Runs.js"

const shape = { height: 16, width: 16, channels: 1 }

/** A network with a layer that does this to the number of tensors. */
const networkOf = (leak: (mode: "train" | "eval") => void): Network => {
  const Leaky = Schema.TaggedStruct("Leaky", {})
  const kinds = Kinds.make([
    Layer.kind("Leaky", Leaky, () => ({
      parameters: [],
      outputShape: (input) => Result.succeed(input),
      multiplyAdds: () => 0,
      apply: (x, _, { mode }) => {
        leak(mode)
        return [tf.clone(x), Layer.unchanged]
      }
    }))
  ])
  return {
    name: "leaky",
    kinds,
    input: shape,
    classes: 3,
    body: Layers.chain(Layers.flatten, Leaky.make({}), Layers.linear(256, 3))
  }
}

const keep = (count = 1) => {
  for (let i = 0; i < count; i++) tf.keep(tf.scalar(i))
}

const usual = Loss.crossEntropy()
const sgd = Optimizer.sgd({ momentum: 0.9 })
const outside: Array<tf.Tensor> = []

const leaks: ReadonlyArray<
  readonly [name: string, plan: Plan.Plan, stage: TensorLeakError["stage"], step: number, delta: number]
> = [
  ["a layer", { ...Plans.small, network: networkOf(() => keep()) }, "network", 0, 1],
  [
    "a layer in evaluation",
    { ...Plans.small, network: networkOf((mode) => keep(mode === "eval" ? 2 : 0)) },
    "evaluation",
    5,
    2
  ],
  [
    "a loss",
    Plan.loss({
      spec: { _tag: "Leaky" },
      tasks: ["classes"],
      mean: (outputs, targets) => {
        keep(3)
        return usual.mean(outputs, targets)
      }
    })(Plans.small),
    "loss",
    0,
    3
  ],
  [
    "an optimizer",
    Plan.optimizer({
      ...sgd,
      update: (gradients, slots, at) => {
        if (at.step === 2) keep()
        return sgd.update(gradients, slots, at)
      }
    })(Plans.small),
    "optimizer",
    2,
    1
  ],
  [
    "a policy",
    Plan.policy(
      Policy.make({
        name: "leaky",
        state: Schema.Null,
        initial: null,
        on: (state, event) => {
          if (event._tag === "StepEnded" && event.step === 3) outside.push(tf.scalar(1))
          return [state, []]
        }
      })
    )(Plans.small),
    "policy",
    3,
    1
  ],
  [
    "a policy that frees another's tensor",
    Plan.policy(
      Policy.make({
        name: "eager",
        state: Schema.Null,
        initial: null,
        on: (state, event) => {
          if (event._tag === "StepEnded" && event.step === 1) tf.dispose(outside)
          return [state, []]
        }
      })
    )(Plans.small),
    "policy",
    1,
    -1
  ],
  ["a learning rate", Plan.rate(() => () => tf.scalar(0.5).dataSync()[0] ?? 0)(Plans.small), "learning rate", 0, 1]
]

describe("a part that leaves tensors ends the run with its name", () => {
  it.effect.each(leaks)("%s", ([, plan, stage, step, delta]) =>
    Effect.gen(function* () {
      if (delta < 0) outside.splice(0, outside.length, tf.scalar(1))
      const before = tf.memory().numTensors
      const error = yield* Effect.flip(Effect.flatMap(Trainer, (trainer) => trainer.fit(plan)))
      assert.strictEqual(error._tag, "TensorLeakError", error.message)
      assert.deepInclude(error, { stage, step, delta })
      assert.include(error.message, `step ${step + 1} ${delta > 0 ? "left" : "freed"} ${Math.abs(delta)} tensor`)
      assert.include(error.message, "fix: ")
      // The run itself leaves nothing; finding the stage repeats the leak at most once. A rate is also called for the record of the plan.
      if (stage !== "learning rate") assert.isAtMost(tf.memory().numTensors - before, Math.max(2 * delta, delta))
    }).pipe(Runs.fresh)
  )
})
