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
    ["cifar-resnet21", "cifar-resnet20"],
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
