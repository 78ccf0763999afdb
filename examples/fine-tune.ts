/**
 * A network that was trained on CIFAR-10 is fine-tuned on CIFAR-100, and compared with the same network from scratch. Little data and time by default; fails unless
 * the published weights help. In full: `IMAGES=5000 TEST_IMAGES=5000 EPOCHS=4 SEEDS=3 RATES=0.03,0.1 npx tsx examples/fine-tune.ts`
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Config, Console, Effect, FileSystem, Layer, Schema } from "effect"
import { FetchHttpClient } from "effect/http"
import {
  Augment,
  Backend,
  Checkpoints,
  CifarResNet,
  DatasetSource,
  Evaluator,
  Images,
  Init,
  LearningRate,
  Network,
  Optimizer,
  Plan,
  Reporters,
  Split,
  Statistics,
  Trainer,
  WeightFile,
  Weights
} from "../src/index.js"

const settings = Config.all({
  images: Config.Int("IMAGES").pipe(Config.withDefault(800)),
  testImages: Config.Int("TEST_IMAGES").pipe(Config.withDefault(500)),
  epochs: Config.Int("EPOCHS").pipe(Config.withDefault(2)),
  seeds: Config.Int("SEEDS").pipe(Config.withDefault(1)),
  rates: Config.Array(Schema.FiniteFromString, "RATES").pipe(Config.withDefault([0.05]))
})

const isHead = (path: string) => path.startsWith("linear.")

/** The network with a head for 100 classes, and the published weights of all but the head. */
const pretrained = Effect.gen(function* () {
  const network = yield* Effect.fromResult(Network.withClasses(CifarResNet.resnet20(), 100))
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.readFile("test/pretrained/resnet20-12fca82f.th")
  const published = yield* Effect.fromResult(WeightFile.decode(file))
  return { network, body: yield* Effect.fromResult(Weights.fromTorch(network, published, { skip: isHead })) }
})

/** Carries out a plan, and gives the accuracy of its weights on a set that the run has not seen. */
const score = Effect.fnUntraced(function* (plan: Plan.Plan, set: Images.Images) {
  const { weights } = yield* Effect.flatMap(Trainer, (trainer) => trainer.fit(plan))
  const { statistics } = plan.dataset
  return (
    (yield* Evaluator.evaluateWeights({ network: plan.network, weights, set, statistics })).scores.metrics.accuracy ?? 0
  )
})

const program = Effect.gen(function* () {
  const { epochs, images, rates, seeds, testImages } = yield* settings
  const { body, network } = yield* pretrained
  const cifar100 = yield* Effect.flatMap(DatasetSource, (source) => source.load("cifar100"))
  const train = Images.slice(cifar100.train, 0, images)
  const test = Images.slice(cifar100.test, 0, testImages)
  const fromScratch = (train: Images.Images, seed: number, peak: number) =>
    Plan.make({
      network,
      // The normalization that the published weights were trained with, and no test images during the run.
      dataset: { ...cifar100, statistics: Statistics.imagenet, train, test: Images.slice(test, 0, 0) }
    }).pipe(
      Plan.seed(seed),
      Plan.epochs(epochs),
      Plan.batchSize(32),
      Plan.augment([Augment.crop(4), Augment.flip]),
      Plan.optimizer(Optimizer.sgd({ momentum: 0.9, nesterov: true, weightDecay: 5e-4 })),
      Plan.rate(({ total }) => LearningRate.oneCycle({ peak, totalSteps: total }))
    )
  const fineTuned: typeof fromScratch = (train, seed, peak) =>
    Plan.startFrom(Weights.merge(Init.init(network, seed), body))(fromScratch(train, seed, peak))
  const headAlone: typeof fromScratch = (train, seed, peak) =>
    Plan.freeze((path) => !isHead(path))(fineTuned(train, seed, peak))

  /** The rate that does best on training images held back for validation. */
  const choose = Effect.fnUntraced(function* (planOf: typeof fromScratch) {
    if (rates.length === 1) return rates[0]!
    const parts = yield* Effect.fromResult(Split.split(train, 0.2, 0))
    const trials = yield* Effect.forEach(rates, (rate) =>
      Effect.map(score(planOf(parts.train, 0, rate), parts.validation), (accuracy) => ({ rate, accuracy }))
    )
    yield* Console.log(
      trials.map(({ rate, accuracy }) => `  rate ${rate}: ${percent(accuracy)} on the validation images`).join("\n")
    )
    return trials.reduce((best, trial) => (trial.accuracy > best.accuracy ? trial : best)).rate
  })

  /** Mean test accuracy over the seeds. */
  const measure = Effect.fnUntraced(function* (name: string, planOf: typeof fromScratch) {
    const rate = yield* choose(planOf)
    const accuracies = yield* Effect.forEach(Array.from({ length: seeds }).keys(), (index) =>
      score(planOf(train, index + 1, rate), test)
    )
    const mean = accuracies.reduce((sum, value) => sum + value, 0) / seeds
    const squares = accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    const deviation = percent(Math.sqrt(squares / Math.max(1, seeds - 1)))
    yield* Console.log(`${name}, rate ${rate}: ${percent(mean)}, deviation ${deviation}, of ${accuracies.map(percent)}`)
    return mean
  })

  const scratch = yield* measure("from scratch", fromScratch)
  const tuned = yield* measure("fine-tuned", fineTuned)
  yield* measure("head alone", headAlone)
  if (tuned <= scratch) return yield* Effect.fail("expected the published weights to help")
})

const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`

const live = Trainer.layer.pipe(
  Layer.provide([Checkpoints.layerMemory, Reporters.layerNone]),
  Layer.provideMerge(Backend.layer),
  Layer.merge(DatasetSource.layer),
  Layer.provideMerge(Layer.merge(NodeServices.layer, FetchHttpClient.layer))
)

program.pipe(Effect.provide(live), NodeRuntime.runMain)
