/** A custom policy: a run of ten epochs ends as soon as nine of ten digits are read. Fails if it runs to the end. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Layer, Schema } from "effect"
import { FetchHttpClient } from "effect/http"
import {
  Backend,
  Checkpoints,
  DatasetSource,
  Images,
  MnistCnn,
  Plan,
  Policy,
  Reporters,
  Trainer
} from "../src/index.js"

/** Its state, the running mean of the accuracy, is kept in every checkpoint: a resumed run decides the same. */
const stopAt = (accuracy: number) =>
  Policy.make({
    name: "stop at an accuracy",
    options: { accuracy },
    state: Schema.Finite,
    initial: 0,
    on: (mean, event) => {
      if (event._tag !== "StepEnded") return [mean, []]
      const next = 0.95 * mean + 0.05 * (event.metrics.accuracy ?? 0)
      return [next, next >= accuracy ? [Policy.stop(`the accuracy reached ${accuracy}`)] : []]
    }
  })

const program = Effect.gen(function* () {
  const source = yield* DatasetSource
  const trainer = yield* Trainer
  const mnist = yield* source.load("mnist")
  const dataset = { ...mnist, test: Images.slice(mnist.test, 0, 1000) }
  const { finished } = yield* trainer.fit(
    Plan.make({ network: MnistCnn.make(), dataset }).pipe(Plan.batchSize(32), Plan.policy(stopAt(0.9)))
  )
  if (finished.stopped === null) return yield* Effect.fail("expected the policy to stop the run")
  yield* Console.log(`stopped after ${finished.step} steps: ${finished.stopped}`)
})

const live = Trainer.layer.pipe(
  Layer.provide([Backend.layer, Checkpoints.layerMemory, Reporters.layerNone]),
  Layer.merge(DatasetSource.layer),
  Layer.provide([NodeServices.layer, FetchHttpClient.layer])
)

program.pipe(Effect.provide(live), NodeRuntime.runMain)
