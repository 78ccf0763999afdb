/** A whole recipe on CIFAR-10, which goes on where it was stopped, and then says what is on a picture: `recipe.ts DIRECTORY IMAGES PICTURE`. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import {
  Augment,
  Average,
  Backend,
  DatasetSource,
  LearningRate,
  Metrics,
  Networks,
  Optimizer,
  Plan,
  Policies,
  Predictor,
  Training
} from "../src/index.js"

const [directory = "runs/recipe", images = "50000", picture = "docs/browser.png"] = process.argv.slice(2)

const program = Effect.gen(function* () {
  const source = yield* DatasetSource
  const dataset = yield* source.load("cifar10")
  const shape = { input: dataset.train.shape, classes: dataset.classNames.length }
  const plan = Plan.make({ network: Networks.build({ name: "resnet", blocks: [1, 1, 1, 1] }, shape), dataset }).pipe(
    Plan.epochs(6),
    Plan.limitTrain(Number(images)),
    Plan.validation(0.1),
    Plan.optimizer(Optimizer.adamw({ weightDecay: 0.05, decayed: "weights" })),
    Plan.rate(({ perEpoch, total }) =>
      LearningRate.warmup(perEpoch, LearningRate.cosine({ rate: 3e-3, totalSteps: total - perEpoch }))
    ),
    Plan.augment([Augment.crop(4), Augment.flip, Augment.randAugment()]),
    Plan.mix({ mixup: 0.2 }),
    Plan.average(Average.ema({ decay: 0.99 })),
    Plan.metrics([Metrics.accuracy, Metrics.f1("macro"), Metrics.topK(5), Metrics.calibrationError]),
    Plan.policy(Policies.earlyStopping({ metric: "validation/f1-macro", patience: 2 }))
  )
  const fs = yield* FileSystem.FileSystem
  const resume = yield* fs.exists(`${directory}/run.json`)
  const { finished } = yield* Training.train(plan, { directory, resume })
  yield* Console.log(`${finished.weightDigest} after ${finished.step} steps`)

  const predictor = yield* Predictor.fromRun(directory)
  const { top } = yield* predictor.predict(yield* fs.readFile(picture))
  yield* Console.log(top.map(({ className, probability }) => `${className} ${probability.toFixed(3)}`).join(", "))
}).pipe(Effect.scoped)

const live = Layer.provideMerge(Layer.merge(Backend.layer, DatasetSource.layer), [
  NodeServices.layer,
  FetchHttpClient.layer
])

program.pipe(Effect.provide(live), NodeRuntime.runMain)
