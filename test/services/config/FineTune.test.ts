import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, FileSystem, Result, Schema } from "effect"
import { FetchHttpClient } from "effect/http"
import { PrintedConfig } from "../../../src/cli/Results.js"
import * as Statistics from "../../../src/data/Statistics.js"
import * as CifarResNet from "../../../src/model/families/CifarResNet.js"
import * as MnistCnn from "../../../src/model/families/MnistCnn.js"
import * as Init from "../../../src/model/Init.js"
import * as Safetensors from "../../../src/model/weights/Safetensors.js"
import * as Weights from "../../../src/model/weights/Weights.js"
import * as FineTune from "../../../src/services/config/FineTune.js"
import * as Pretrained from "../../../src/services/pretrained/Pretrained.js"
import * as Plan from "../../../src/train/Plan.js"
import * as Cli from "../../support/Cli.js"
import * as Plans from "../../support/Plans.js"

const { input } = Plans.small.network
const published = MnistCnn.make({ input, classes: 7 })
const none = { weights: null, skip: [], freeze: [], unfreeze: [] }

/** A file with the weights of a network for other classes. */
const file = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = `${yield* fs.makeTempDirectoryScoped()}/weights.safetensors`
  const tensors = Result.getOrThrow(Weights.toTorch(published, Init.init(published, 9)))
  yield* fs.writeFile(path, Safetensors.encode({ tensors, metadata: {} }))
  return path
})

describe("the settings of fine-tuning", () => {
  it.effect("change nothing by default", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* FineTune.apply(none, Plans.small), Plans.small)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("make a plan that begins with the file's weights but for the head, some of them frozen", () =>
    Effect.gen(function* () {
      const weights = yield* file
      const plan = yield* FineTune.apply({ ...none, weights, skip: ["fc3"], freeze: ["conv1", "conv2"] }, Plans.small)
      const given = Init.init(published, 9)
      const random = Init.init(plan.network, plan.seed)
      assert.deepStrictEqual(plan.start?.params, {
        ...given.params,
        "fc3.weight": random.params["fc3.weight"]!,
        "fc3.bias": random.params["fc3.bias"]!
      })
      const { frozen } = yield* Effect.fromResult(Plan.check(plan))
      assert.deepStrictEqual(frozen, ["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("train frozen parts after some epochs", () =>
    Effect.gen(function* () {
      const settings = { ...none, freeze: ["conv1", "conv2"], unfreeze: [{ epoch: 1, paths: ["conv2"] }] }
      const plan = yield* FineTune.apply(settings, Plans.small)
      const { unfreeze } = yield* Effect.fromResult(Plan.check(plan))
      assert.deepStrictEqual(unfreeze, [{ epoch: 1, paths: ["conv2.weight", "conv2.bias"] }])
      const unknown = { ...settings, unfreeze: [{ epoch: 1, paths: ["conv3"] }] }
      const { message } = yield* Effect.flip(FineTune.apply(unknown, Plans.small))
      assert.include(message, 'fineTune.unfreeze (settings): mnist-cnn has no part "conv3"')
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect(
    "start from published weights by name, with their normalization; the head is kept for their own classes alone",
    () =>
      Effect.gen(function* () {
        const network = CifarResNet.resnet20({ input: { height: 8, width: 8, channels: 3 }, classes: 10 })
        const { preprocessing, weights } = yield* Pretrained.load("cifar-resnet20").pipe(
          Effect.provide(FetchHttpClient.layer)
        )
        const planFor = (classNames: ReadonlyArray<string>) =>
          Plan.make({
            network: { ...network, classes: classNames.length },
            dataset: { ...Plans.noise(44, 10), classNames }
          })
        const started = yield* FineTune.apply({ ...none, weights: "pretrained" }, planFor(preprocessing.classNames))
        assert.deepStrictEqual(started.start?.params, weights.params)
        assert.deepStrictEqual(started.dataset.statistics, Statistics.imagenet)
        const others = planFor(preprocessing.classNames.toReversed())
        const fineTuned = yield* FineTune.apply({ ...none, weights: "pretrained:cifar-resnet20" }, others)
        const random = Init.init(others.network, others.seed)
        assert.deepStrictEqual(fineTuned.start?.params, {
          ...weights.params,
          "linear.weight": random.params["linear.weight"]!,
          "linear.bias": random.params["linear.bias"]!
        })
        const unknown = yield* Effect.flip(FineTune.apply({ ...none, weights: "pretrained" }, Plans.small))
        assert.include(unknown.message, 'no published weights are known for "mnist-cnn"')
      }).pipe(
        Effect.provide(NodeServices.layer),
        Effect.provideService(
          ConfigProvider.ConfigProvider,
          ConfigProvider.fromEnv({ env: { EFFECT_TENSORFLOW_PRETRAINED_DIR: "test/pretrained" } })
        )
      )
  )

  it.effect("say what is wrong with them", () =>
    Effect.gen(function* () {
      const weights = yield* file
      const messageOf = (settings: Partial<typeof none> | { readonly weights: string }) =>
        Effect.map(Effect.flip(FineTune.apply({ ...none, ...settings }, Plans.small)), ({ message }) => message)
      assert.include(yield* messageOf({ weights }), "fc3.weight ([3, 84] F32 expected, got [7, 84] F32)")
      assert.include(yield* messageOf({ weights: "/no/such.pt" }), "could not read the weights /no/such.pt")
      const wrong = yield* Effect.flip(FineTune.apply({ ...none, freeze: ["conv3"] }, Plans.small))
      assert.strictEqual(wrong._tag, "RunConfigError")
      assert.include(wrong.message, 'fineTune.freeze (settings): mnist-cnn has no part "conv3"')
      const idle = yield* Effect.flip(FineTune.apply({ ...none, skip: ["fc3"] }, Plans.small))
      assert.include(idle.message, "nothing to skip without weights to start from")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("are set by --weights and --set", () =>
    Effect.gen(function* () {
      const freeze = 'fineTune.freeze=["conv1"]'
      const { stdout } = yield* Cli.run("train", "--weights", "a.pt", "--set", freeze, "--print-config", "--json")
      const values = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(PrintedConfig))(stdout)
      assert.deepInclude(values, { key: "fineTune.weights", value: "a.pt", origin: "flag --weights" })
      assert.deepInclude(values, { key: "fineTune.freeze", value: ["conv1"], origin: "flag --set" })
    })
  )
})
