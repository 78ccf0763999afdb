import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as CifarResNet from "../../src/model/families/CifarResNet.js"
import * as MnistCnn from "../../src/model/families/MnistCnn.js"
import * as Init from "../../src/model/Init.js"
import type { Network } from "../../src/model/Network.js"
import * as Summary from "../../src/model/Summary.js"

const summarize = (network: Network) => Effect.fromResult(Summary.summarize(network))

describe("parameters and multiply-adds", () => {
  it.effect.each([
    ["mnist-cnn", MnistCnn.make(), 44_426, 281_640],
    ["cifar-resnet20", CifarResNet.resnet20(), 269_722, 40_551_040]
  ] as const)("of %s", ([, network, parameters, multiplyAdds]) =>
    Effect.gen(function* () {
      const summary = yield* summarize(network)
      assert.strictEqual(summary.parameters, parameters)
      assert.strictEqual(summary.multiplyAdds, multiplyAdds)
      const made = Object.values(Init.init(network, 1).params).reduce((sum, { data }) => sum + data.length, 0)
      assert.strictEqual(made, parameters)
      assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(Summary.Summary)(summary), summary)
    })
  )
})

describe("render", () => {
  it.effect("is a table of layers, shapes, parameters and multiply-adds", () =>
    Effect.gen(function* () {
      const text = Summary.render(yield* summarize(MnistCnn.make()))
      assert.deepStrictEqual(text.split("\n"), [
        "mnist-cnn",
        "layer    kind     output       parameters  multiply-adds",
        "input             [28, 28, 1]",
        "conv1    Conv     [24, 24, 6]         156         86,400",
        "relu1    Relu     [24, 24, 6]           0              0",
        "pool1    MaxPool  [12, 12, 6]           0              0",
        "conv2    Conv     [8, 8, 16]        2,416        153,600",
        "relu2    Relu     [8, 8, 16]            0              0",
        "pool2    MaxPool  [4, 4, 16]            0              0",
        "flatten  Flatten  [256]                 0              0",
        "fc1      Linear   [120]            30,840         30,720",
        "relu3    Relu     [120]                 0              0",
        "fc2      Linear   [84]             10,164         10,080",
        "relu4    Relu     [84]                  0              0",
        "fc3      Linear   [10]                850            840",
        "total                              44,426        281,640"
      ])
    })
  )
})
