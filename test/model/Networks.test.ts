import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Network from "../../src/model/Network.js"
import * as Networks from "../../src/model/Networks.js"

const task: Network.Task = { input: { height: 32, width: 32, channels: 3 }, classes: 7 }

describe("parse", () => {
  it.effect.each(Networks.known)("reads %s, and what it builds is valid and bears that name", (name) =>
    Effect.gen(function* () {
      const network = Networks.build(yield* Effect.fromResult(Networks.parse(name)), task)
      assert.strictEqual(network.name, name)
      assert.deepStrictEqual(yield* Effect.fromResult(Network.validate(network)), [7])
    })
  )

  it.effect.each([
    ["mlp-10", { name: "mlp", hidden: [10] }],
    ["cifar-resnet110-average-padding", { name: "cifar-resnet", blocks: 18, shortcut: "average-padding" }],
    [
      "cifar-preresnet110-projection-everywhere",
      { name: "cifar-preresnet", blocks: 18, shortcut: "projection-everywhere" }
    ],
    ["cifar-preresnet1001-bottleneck", { name: "cifar-preresnet", blocks: 111, block: "bottleneck" }],
    ["wrn-40-4", { name: "wrn", blocks: 6, width: 4 }],
    ["resnet50-cifar-padding", { name: "resnet50", stem: "cifar", shortcut: "padding" }],
    ["airbench-32-64-64", { name: "airbench", widths: [32, 64, 64] }]
  ] as const)("reads %s", ([name, spec]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Effect.fromResult(Networks.parse(name)), spec)
      assert.strictEqual(Networks.build(spec, task).name, name)
    })
  )

  it.effect.each([
    ["cifar-resnet21", "cifar-resnet20"],
    ["cifar-resnet2", "cifar-resnet20"],
    ["cifar-preresnet21-bottleneck", "cifar-preresnet164-bottleneck"],
    ["wrn-27-10", "wrn-28-10"],
    ["resnet18-tiny", "resnet18-cifar"],
    ["resnet19", "resnet18"],
    ["mnist-cnn-projection", "mnist-cnn"],
    ["airbench-64-256", "airbench-64-256-256"],
    ["mnist-cn", "mnist-cnn"],
    ["seminar-resnet", "seminar-resnet-5"],
    ["resnet-2-0-2-2", "resnet-2-2-2-2"],
    ["seminar-resnet-1.5", "seminar-resnet-5"]
  ] as const)("knows no %s, and names the nearest", ([name, nearest]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.fromResult(Networks.parse(name)))
      assert.strictEqual(error._tag, "NetworkError")
      assert.include(error.message, `did you mean ${nearest}?`)
    })
  )
})
