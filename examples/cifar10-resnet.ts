/** A residual network on CIFAR-10 with augmentation. Eight steps on little data; take the slices away and set 10 epochs for the real thing. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Layer, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import {
  Augment,
  Backend,
  Checkpoints,
  CifarResNet,
  DatasetSource,
  Images,
  LearningRate,
  Optimizer,
  Plan,
  Reporters,
  Summary,
  Trainer
} from "../src/index.js"

const program = Effect.gen(function* () {
  const source = yield* DatasetSource
  const trainer = yield* Trainer
  const cifar10 = yield* source.load("cifar10")
  const network = CifarResNet.make({ blocks: 1 })
  yield* Effect.fromResult(Summary.summarize(network)).pipe(Effect.map(Summary.render), Effect.flatMap(Console.log))

  const plan = Plan.make({
    network,
    dataset: { ...cifar10, train: Images.slice(cifar10.train, 0, 512), test: Images.slice(cifar10.test, 0, 256) }
  }).pipe(
    Plan.epochs(1),
    Plan.batchSize(64),
    Plan.augment([Augment.crop(4), Augment.flip]),
    Plan.optimizer(Optimizer.sgd({ momentum: 0.9, nesterov: true, weightDecay: 5e-4 })),
    Plan.rate(({ total }) => LearningRate.oneCycle({ peak: 0.1, totalSteps: total }))
  )

  // A run is a stream of events; what is done with them is up to the program.
  yield* trainer.events(plan).pipe(
    Stream.filter((event) => event._tag === "StepEnded"),
    Stream.runForEach(({ loss, rate, step }) =>
      Console.log(`step ${step + 1}: loss ${loss.toFixed(3)}, rate ${rate.toFixed(4)}`)
    )
  )
})

const live = Trainer.layer.pipe(
  Layer.provide([Backend.layer, Checkpoints.layerMemory, Reporters.layerNone]),
  Layer.merge(DatasetSource.layer),
  Layer.provide([NodeServices.layer, FetchHttpClient.layer])
)

program.pipe(Effect.provide(live), NodeRuntime.runMain)
