/** A published ResNet-20, a file of PyTorch's, evaluation on CIFAR-10. Fails unless it scores what its author's program scores. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { Backend, CifarResNet, DatasetSource, Evaluator, Statistics, WeightFile, Weights } from "../src/index.js"

const published = 9173

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const source = yield* DatasetSource
  const network = CifarResNet.resnet20()
  const tensors = yield* Effect.fromResult(
    WeightFile.decode(yield* fs.readFile("test/pretrained/resnet20-12fca82f.th"))
  )
  const weights = yield* Effect.fromResult(Weights.fromTorch(network, tensors))
  const { test } = yield* source.load("cifar10")
  const { scores } = yield* Evaluator.evaluateWeights({ network, weights, set: test, statistics: Statistics.imagenet })
  const correct = Math.round((scores.metrics.accuracy ?? 0) * scores.total)
  yield* Console.log(`${correct} of ${scores.total} right`)
  if (Math.abs(correct - published) > 2) return yield* Effect.fail(`expected ${published}`)
})

const live = Layer.merge(Backend.layer, DatasetSource.layer)
program.pipe(Effect.provide(Layer.provideMerge(live, [NodeServices.layer, FetchHttpClient.layer])), NodeRuntime.runMain)
