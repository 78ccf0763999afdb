import { existsSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Schema } from "effect"
import * as ErrorText from "../../src/cli/ErrorText.js"
import { PrintedConfig } from "../../src/cli/Results.js"
import * as Train from "../../src/cli/Train.js"
import { Summary } from "../../src/model/Summary.js"
import { DatasetInfo } from "../../src/services/datasets/DatasetSource.js"
import * as Cli from "../support/Cli.js"

/** Exactly one JSON value, of this Schema, and nothing else. */
const decode = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, text: string) =>
  Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text)

describe("results as JSON", () => {
  it.effect("summary", () =>
    Effect.gen(function* () {
      const { exitCode, stdout } = yield* Cli.run("summary", "--network", "seminar-resnet-5", "--json")
      const summary = yield* decode(Summary, stdout)
      assert.strictEqual(exitCode, 0)
      assert.strictEqual(summary.network, "seminar-resnet-5")
      assert.deepStrictEqual(summary.input, [32, 32, 3])
    })
  )

  it.effect("summary of a preset, for its own dataset", () =>
    Effect.gen(function* () {
      const { stdout } = yield* Cli.run("summary", "--preset", "fashion-cnn", "--json")
      const summary = yield* decode(Summary, stdout)
      assert.deepStrictEqual([summary.network, summary.parameters], ["airbench-32-64-64", 141_512])
    })
  )

  it.effect("summary for the classes of each kind of CIFAR-100", () =>
    Effect.gen(function* () {
      for (const [dataset, parameters] of [
        ["cifar10", 269_722],
        ["cifar100", 275_572],
        ["cifar100-coarse", 270_372]
      ] as const) {
        const { stdout } = yield* Cli.run("summary", "--network", "cifar-resnet20", "--dataset", dataset, "--json")
        assert.strictEqual((yield* decode(Summary, stdout)).parameters, parameters)
      }
    })
  )

  it.effect("train --print-config", () =>
    Effect.gen(function* () {
      const { stdout } = yield* Cli.run(
        "train",
        "--preset",
        "cifar10-quick",
        "--set",
        "seed=7",
        "--print-config",
        "--json"
      )
      const values = yield* decode(PrintedConfig, stdout)
      assert.deepInclude(values, { key: "seed", value: 7, origin: "flag --set" })
      assert.deepInclude(values, { key: "dataset", value: "cifar10", origin: "preset cifar10-quick" })
      assert.deepInclude(values, { key: "backend", value: "auto", origin: "default" })
    })
  )

  it.effect("data info", () =>
    Effect.gen(function* () {
      const { stdout } = yield* Cli.run("data", "info", "cifar10", "--json")
      const info = yield* decode(DatasetInfo, stdout)
      assert.deepStrictEqual([info.trainImages, info.height, info.classNames.length], [50_000, 32, 10])
    })
  )
})

it.effect("train --print-config shows a line for each value", () =>
  Effect.gen(function* () {
    const { stdout } = yield* Cli.run("train", "--preset", "mnist-cnn", "--print-config")
    assert.match(stdout, /^rate\.kind +"oneCycle" +preset mnist-cnn$/m)
    assert.match(stdout, /^loss\.labelSmoothing +0 +default$/m)
  })
)

describe("help", () => {
  it.effect("of train names the presets, and the keys of --set with their defaults", () =>
    Effect.gen(function* () {
      const { exitCode, stdout } = yield* Cli.run("train", "--help")
      assert.strictEqual(exitCode, 0)
      assert.match(stdout, /--preset NAME .*mnist-cnn, cifar10-quick, .*fashion-cnn/)
      assert.match(stdout, /^ {2}batchSize +128 +a whole number of at least 1$/m)
      assert.match(stdout, /^ {2}rate\.peak +0\.1 +a number of at least 0 \(with rate\.kind oneCycle\)$/m)
      assert.match(stdout, /^ {2}data\.dir +a string or null$/m)
    })
  )

  it.effect("of the other commands names the datasets and networks, and no settings", () =>
    Effect.gen(function* () {
      for (const command of ["evaluate", "export", "summary"]) {
        const { stdout } = yield* Cli.run(command, "--help")
        assert.match(stdout, /--dataset .*mnist, fashion-mnist, cifar10, cifar100, cifar100-coarse, folder/)
        assert.match(stdout, /--network NAME .*seminar-resnet-5, .*wrn-28-10/)
        assert.notInclude(stdout, "SETTINGS")
      }
    })
  )

  it.effect("completions know the presets, networks and datasets", () =>
    Effect.gen(function* () {
      for (const shell of ["bash", "zsh", "fish"]) {
        const { stdout } = yield* Cli.run("--completions", shell)
        for (const word of ["cifar10-quick", "wrn-28-10", "cifar100-coarse"]) assert.include(stdout, word)
      }
    })
  )
})

it("a run of one epoch is described in the singular", () => {
  const result = {
    runDirectory: "runs/one",
    test: { total: 2, loss: 1, metrics: { accuracy: 0.5 } },
    seconds: 2,
    imagesPerSecond: 3,
    weightDigest: ""
  }
  assert.include(Train.text({ ...result, epochs: 1 }), "after 1 epoch in 2 s")
  assert.include(Train.text({ ...result, epochs: 2 }), "after 2 epochs in 2 s")
})

describe("wrong usage: status 2, and nothing on standard output", () => {
  const cases: ReadonlyArray<readonly [args: string, ...text: ReadonlyArray<string>]> = [
    ["train --presett mnist-cnn", "--presett", "--preset", "see effect-tensorflow train --help"],
    ["trian", "trian"],
    ["train mnist-cnn", "Unexpected positional argument"],
    ["train --resume", "--resume needs the directory of the run: --out DIR"],
    ["train --preset cifar", "preset (flag --preset)", "did you mean cifar10-"],
    [
      "train --set batchSize=0 --out runs/never",
      "batchSize (flag --set): expected a whole number of at least 1, got 0"
    ],
    ["train --set rate.peak=NaN --out runs/never", "rate.peak (flag --set)", "NaN"],
    ["train --set dataset=cifar-100 --out runs/never", "did you mean cifar100?"],
    ["train --set network=cifar-resnet21 --out runs/never", "did you mean cifar-resnet20?"],
    ["train --config /no/such/file.json", "cannot be read: it does not exist"],
    ["evaluate --dataset mnist", "--run DIR, or --network NAME and --weights FILE"],
    ["evaluate --network mnist-cnn --weights some.pt", "name the dataset to evaluate on: --dataset NAME"],
    ["train --change epochs", "--change goes with --resume"],
    ["evaluate --run somewhere --dataset svhn", "svhn", "fashion-mnist"],
    ["export --to onnx --out runs/never", "what to export: --run DIR, or --network NAME and --weights FILE"],
    ["export --run somewhere --to keras --out runs/never", "keras", "safetensors"],
    ["export --run somewhere --to onnx", "--out"],
    ["evaluate --network mnist-cnn --weights some.pt --dataset mnist --normalize 1,2,3", "--normalize", "1,2,3"],
    ["evaluate --network mnist-cnn --weights some.pt --dataset mnist --normalize 0.1,0", "a deviation above 0"],
    ["summary", "--network NAME or --preset NAME"],
    ["summary --network cifar-resnet21", "cifar-resnet20"],
    ["data fetch", "name"],
    ["data fetch imagenet", "imagenet", "cifar10"]
  ]
  for (const [args, ...parts] of cases)
    it.effect(args, () =>
      Effect.gen(function* () {
        const { exitCode, stderr, stdout } = yield* Cli.run(...args.split(" "))
        for (const part of parts) assert.include(stderr, part)
        assert.strictEqual(exitCode, 2)
        assert.strictEqual(stdout, "")
        assert.isFalse(existsSync("runs/never"))
      })
    )
})

describe("failure: status 1, and the message of the error", () => {
  const cases: ReadonlyArray<readonly [args: string, ...text: ReadonlyArray<string>]> = [
    ["plot --run /no/such/run", "could not open the run directory /no/such/run", "fix:"],
    ["plot --run test", "is no run directory", "fix:"],
    ["evaluate --run /no/such/run --dataset mnist", "could not open the run directory"],
    ["export --run /no/such/run --to onnx --out runs/never", "could not open the run directory"],
    ["export --run test --to layers --out runs/never", "is no run directory", "fix:"],
    ["export --network mnist-cnn --weights package.json --to onnx --out runs/never", "fix:"],
    ["evaluate --network mnist-cnn --weights package.json --dataset mnist", "fix:"],
    [
      "evaluate --network cifar-resnet20 --weights test/golden/mnist-cnn.safetensors --dataset cifar10",
      "not those of cifar-resnet20"
    ]
  ]
  for (const [args, ...parts] of cases)
    it.effect(args, () =>
      Effect.gen(function* () {
        const { exitCode, stderr, stdout } = yield* Cli.run(...args.split(" "))
        for (const part of parts) assert.include(stderr, part)
        assert.notInclude(stderr, "    at ")
        assert.strictEqual(exitCode, 1)
        assert.strictEqual(stdout, "")
      })
    )
})

describe("what an end of the program comes to", () => {
  it("a defect is one short message, with a request to report it", () => {
    const { exitCode, text } = ErrorText.fromCause(Cause.die(new Error("x is not a function")))
    assert.strictEqual(exitCode, 1)
    assert.match(text, /^internal error: x is not a function\n.*please report it/)
    assert.notInclude(text, "    at ")
  })

  it("an interruption is no error, and status 130", () => {
    assert.deepStrictEqual(ErrorText.fromCause(Cause.interrupt()), { text: "", exitCode: 130 })
  })
})
