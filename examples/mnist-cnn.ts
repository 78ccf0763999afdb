/** A small CNN learns to read digits: one epoch on a sixth of MNIST. Fails below 90 % on unseen digits. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import {
  Backend,
  Checkpoints,
  DatasetSource,
  EpochTable,
  Images,
  LearningRate,
  MnistCnn,
  Plan,
  Reporters,
  Trainer
} from "../src/index.js"

const target = 0.9

const program = Effect.gen(function* () {
  const source = yield* DatasetSource
  const trainer = yield* Trainer
  const mnist = yield* source.load("mnist")
  const dataset = { ...mnist, train: Images.slice(mnist.train, 0, 10_000), test: Images.slice(mnist.test, 0, 2000) }

  const plan = Plan.make({ network: MnistCnn.make(), dataset }).pipe(
    Plan.epochs(1),
    Plan.batchSize(32),
    Plan.rate(({ total }) => LearningRate.oneCycle({ peak: 0.05, totalSteps: total }))
  )
  const { finished } = yield* trainer.fit(plan)

  const accuracy = finished.test.metrics.accuracy ?? 0
  yield* Console.log(`read ${(100 * accuracy).toFixed(1)} % of ${finished.test.total} unseen digits`)
  if (accuracy < target) return yield* Effect.fail(`expected at least ${100 * target} %`)
})

const live = Trainer.layer.pipe(
  Layer.provide([Backend.layer, Checkpoints.layerMemory, Reporters.layer([EpochTable.make])]),
  Layer.merge(DatasetSource.layer),
  Layer.provide([NodeServices.layer, FetchHttpClient.layer])
)

program.pipe(Effect.provide(live), NodeRuntime.runMain)
