import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, FileSystem, Schema } from "effect"
import { presets } from "../../../src/services/config/Presets.js"
import * as RunConfig from "../../../src/services/config/RunConfig.js"

interface Given extends RunConfig.Options {
  readonly environment?: Record<string, string>
  readonly json?: unknown
}

/** Loads with the given environment only, and with `json` written to a file. */
const load = ({ environment, json, ...options }: Given) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const file = `${yield* fs.makeTempDirectoryScoped()}/run.json`
    if (json !== undefined) yield* fs.writeFileString(file, typeof json === "string" ? json : JSON.stringify(json))
    return yield* RunConfig.load(json === undefined ? options : { ...options, file })
  }).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: environment ?? {} })),
    Effect.provide(NodeServices.layer)
  )

const originOf = (config: RunConfig.RunConfig["Service"], key: string): string | undefined =>
  RunConfig.provenance(config).find((value) => value.key === key)?.origin

describe("layers", () => {
  it.effect("the strongest source wins, each value says which", () =>
    Effect.gen(function* () {
      const config = yield* load({
        preset: "cifar10-quick",
        json: { epochs: 3, batchSize: 16, seed: 1, optimizer: { momentum: 0.5 } },
        environment: { EFFECT_TENSORFLOW_BATCH_SIZE: "32", EFFECT_TENSORFLOW_SEED: "2", HOME: "/home" },
        set: ["seed=3"]
      })
      assert.deepStrictEqual(
        ["optimizer.decayed", "dataset", "epochs", "optimizer.momentum", "batchSize", "seed"].map(
          (key) => originOf(config, key)?.split(" ")[0]
        ),
        ["default", "preset", "file", "file", "environment", "flag"]
      )
      const { settings } = config
      assert.deepStrictEqual(
        [settings.dataset, settings.epochs, settings.batchSize, settings.seed],
        ["cifar10", 3, 32, 3]
      )
      assert.deepStrictEqual(settings.optimizer, {
        ...presets["cifar10-quick"].optimizer,
        kind: "sgd",
        decayed: "all",
        momentum: 0.5
      })
      assert.strictEqual(originOf(config, "batchSize"), "environment EFFECT_TENSORFLOW_BATCH_SIZE")
      assert.strictEqual(originOf(config, "preset"), "flag --preset")
    })
  )

  it.effect("the preset may be named by any source, and stays below all of them", () =>
    Effect.gen(function* () {
      const config = yield* load({
        json: { preset: "mnist-cnn", epochs: 1 },
        environment: { EFFECT_TENSORFLOW_PRESET: "cifar10-seminar" }
      })
      assert.strictEqual(config.settings.preset, "cifar10-seminar")
      assert.strictEqual(config.settings.dataset, "cifar10")
      assert.strictEqual(config.settings.epochs, 1)
    })
  )

  it.effect.each(Object.keys(presets))("the preset %s is settings that come back from their file", (preset) =>
    Effect.gen(function* () {
      const { settings } = yield* load({ preset })
      assert.strictEqual(settings.preset, preset)
      assert.deepStrictEqual(
        Schema.decodeUnknownSync(RunConfig.Settings)(JSON.parse(RunConfig.text(settings))),
        settings
      )
    })
  )

  it.effect("a preset may start from published weights", () =>
    Effect.gen(function* () {
      const { settings } = yield* load({ preset: "fine-tune" })
      assert.deepStrictEqual(settings.fineTune, { weights: "pretrained", skip: ["linear"], freeze: [], unfreeze: [] })
    })
  )

  it.effect("a list of rates may leave out what has a default", () =>
    Effect.gen(function* () {
      const parts = [{ epochs: 1, rate: { kind: "constant", rate: 0.1 } }, { rate: { kind: "cosine", rate: 0.1 } }]
      const config = yield* load({ set: ["rate.kind=sequence", `rate.parts=${JSON.stringify(parts)}`] })
      assert.deepStrictEqual(config.settings.rate, {
        kind: "sequence",
        parts: [
          { epochs: 1, rate: { kind: "constant", rate: 0.1, warmupEpochs: 0, every: "step" } },
          { rate: { kind: "cosine", rate: 0.1, final: 0, warmupEpochs: 0, every: "step" } }
        ]
      })
    })
  )

  it.effect("choosing another branch of a union drops what weaker sources set for the old one", () =>
    Effect.gen(function* () {
      const config = yield* load({ preset: "cifar10-quick", set: ["rate.kind=cosine", "rate.rate=0.2"] })
      assert.deepStrictEqual(config.settings.rate, {
        kind: "cosine",
        rate: 0.2,
        final: 0,
        warmupEpochs: 0,
        every: "step"
      })
      assert.strictEqual(originOf(config, "rate.final"), "default")
      assert.isUndefined(originOf(config, "rate.peak"))
    })
  )

  it.effect("a network is set by one word or by parts", () =>
    Effect.gen(function* () {
      const word = yield* load({ environment: { EFFECT_TENSORFLOW_NETWORK: "seminar-resnet-3" } })
      assert.deepStrictEqual(word.settings.network, { name: "seminar-resnet", n: 3 })
      const parts = yield* load({
        environment: { EFFECT_TENSORFLOW_NETWORK_N: "9", EFFECT_TENSORFLOW_NETWORK: "seminar-resnet-3" }
      })
      assert.deepStrictEqual(parts.settings.network, { name: "seminar-resnet", n: 9 })
      const json = yield* load({ set: ['network={"name":"resnet","blocks":[1,2]}'] })
      assert.deepStrictEqual(json.settings.network, { name: "resnet", blocks: [1, 2] })
      const shortcut = yield* load({ set: ["network=resnet-1-2-projection"] })
      assert.deepStrictEqual(shortcut.settings.network, { name: "resnet", blocks: [1, 2], shortcut: "projection" })
    })
  )

  it.effect("text that looks like a number stays text where text is wanted", () =>
    Effect.gen(function* () {
      const config = yield* load({ set: ["data.dir=2024"] })
      assert.strictEqual(config.settings.data.dir, "2024")
    })
  )

  it.effect("every preset is complete, and its settings written as a file give the same again", () =>
    Effect.gen(function* () {
      for (const preset of Object.keys(presets)) {
        const { settings } = yield* load({ preset })
        const again = yield* load({ json: yield* Schema.encodeEffect(RunConfig.Settings)(settings) })
        assert.deepStrictEqual(again.settings, settings)
      }
    })
  )

  it.effect("a program gives settings without file and environment", () =>
    Effect.gen(function* () {
      const { settings } = yield* RunConfig.RunConfig
      assert.strictEqual(settings.preset, "mnist-cnn")
      assert.strictEqual(settings.epochs, 2)
    }).pipe(Effect.provide(RunConfig.RunConfig.layerTest({ preset: "mnist-cnn", epochs: 2 })))
  )
})

describe("bad input", () => {
  const cases: ReadonlyArray<readonly [what: string, given: Given, ...message: ReadonlyArray<string>]> = [
    ["unknown key in a file", { json: { epoch: 3 } }, "epoch (file", "unknown key; did you mean epochs?"],
    ["a key that every object has", { json: { toString: 1 } }, "toString (file", "unknown key"],
    ["unknown nested key", { json: { optimizer: { weightdecay: 0 } } }, "did you mean optimizer.weightDecay?"],
    ["unknown key of --set", { set: ["momentum=0.9"] }, "(flag --set)", "did you mean optimizer.momentum?"],
    ["unknown key inside a list", { json: { augment: [{ flip: {}, flop: {} }] } }, "augment (file", "expected a list"],
    ["unknown variable", { environment: { EFFECT_TENSORFLOW_EPOCH: "1" } }, "did you mean EFFECT_TENSORFLOW_EPOCHS?"],
    ["wrong type in a file", { json: { epochs: "5" } }, "run.json", "epochs", "whole number of at least 1", 'got "5"'],
    ["a list for an object", { json: { rate: [0.1] } }, "rate (file", "expected an object of kind", "got [0.1]"],
    ["a list for everything", { json: [1] }, "expected an object of settings"],
    ["a file that is not JSON", { json: "{ epochs: 3 }" }, "run.json", "not JSON"],
    ["unknown preset", { preset: "cifar10-quik" }, "preset (flag --preset)", "did you mean cifar10-quick?"],
    ["unknown dataset", { set: ["dataset=fashion"] }, "one of mnist, fashion-mnist, cifar10", "mean fashion-mnist?"],
    ["unknown network", { set: ["network=lenet"] }, "network (flag --set): expected one of mnist-cnn", 'got "lenet"'],
    ["a network's bad number", { set: ["network=seminar-resnet-x"] }, "did you mean seminar-resnet-5?"],
    [
      "a bad shortcut",
      { set: ["network.name=resnet", "network.blocks=[1]", "network.shortcut=x"] },
      "one of padding, padding-around, average-padding, projection, projection-everywhere, got"
    ],
    ["batch size 0", { set: ["batchSize=0"] }, "batchSize (flag --set): expected a whole number of at least 1, got 0"],
    ["epochs 0", { environment: { EFFECT_TENSORFLOW_EPOCHS: "0" } }, "epochs (environment EFFECT_TENSORFLOW_EPOCHS)"],
    ["NaN rate", { set: ["rate.peak=NaN"] }, "rate.peak (flag --set): expected a number of at least 0", "NaN"],
    ["negative rate", { preset: "cifar10-quick", json: { rate: { peak: -1 } } }, "rate.peak (file", "got -1"],
    ["validation 1.5", { set: ["validation=1.5"] }, "validation", "at least 0 and less than 1, got 1.5"],
    ["two channels", { set: ["data.channels=2"] }, "data.channels (flag --set): expected 1 (grey) or 3 (RGB), got 2"],
    ["no pixels", { json: { data: { size: 0 } } }, "data.size", "a whole number of pixels from 1 to 4096, got 0"],
    ["nothing to test on", { set: ["data.testFraction=0"] }, "more than 0 and less than 1, got 0"],
    ["momentum 1", { set: ["optimizer.momentum=1"] }, "less than 1, got 1"],
    [
      "a key of another branch",
      { set: ["rate.rate=1"] },
      "goes with rate.kind constant or multiStep or stepDecay or exponential or polynomial or inverseSquareRoot or cosine or cosineRestarts, but rate.kind is oneCycle (default)"
    ],
    [
      "a key of a branch that another source chose",
      { preset: "cifar10-seminar", json: { rate: { peak: 1 } } },
      "rate.peak (file",
      "goes with rate.kind oneCycle, but rate.kind is constant (preset cifar10-seminar)"
    ],
    [
      "the value of another branch",
      { set: ["network.name=cifar-resnet", "network.blocks=[1,1]"] },
      "at least 1, got [1,1]"
    ],
    [
      "an object for a value",
      { json: { epochs: {} } },
      "epochs (file",
      "expected a whole number of at least 1, got {}"
    ],
    [
      "a branch's missing key",
      { set: ["rate.kind=multiStep"] },
      "rate.milestones",
      "missing",
      "rate.kind is multiStep"
    ],
    [
      "milestones out of order",
      { set: ["rate.kind=multiStep", "rate.milestones=[9,3]"] },
      "each later than the one before"
    ],
    ["no value", { set: ["epochs"] }, 'expected key=value, got "epochs"']
  ]
  for (const [what, given, ...parts] of cases)
    it.effect(what, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(load(given))
        assert.strictEqual(error._tag, "RunConfigError")
        for (const part of parts) assert.include(error.message, part)
      })
    )

  it.effect("a missing file", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(load({ file: "/no/such/run.json" }))
      assert.include(error.message, "file /no/such/run.json: cannot be read: it does not exist")
    })
  )

  it.effect("everything wrong is reported at once", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(load({ json: { epochs: 0, seed: -1 }, set: ["batchSize=x"] }))
      assert.strictEqual(error._tag, "RunConfigError")
      if (error._tag === "RunConfigError") assert.strictEqual(error.problems.length, 3)
    })
  )
})
