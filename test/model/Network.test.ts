import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as MnistCnn from "../../src/model/families/MnistCnn.js"
import * as Seminar from "../../src/model/families/Seminar.js"
import {
  chain,
  conv,
  globalAvgPool,
  identity,
  identityPadding,
  linear,
  maxPool,
  named,
  projection,
  residual
} from "../../src/model/Layers.js"
import type { Module } from "../../src/model/Module.js"
import * as Network from "../../src/model/Network.js"
import type { ShapeError } from "../../src/model/ShapeError.js"

const task: Network.Task = { input: { height: 32, width: 32, channels: 3 }, classes: 10 }
const of = (body: Module): Network.Network => ({ name: "test", ...task, body })
const head = (channels: number) => chain(globalAvgPool, linear(channels, 10))

const messageOf = (body: Module): Effect.Effect<string, ReadonlyArray<number>> =>
  Effect.fromResult(Network.validate(of(body))).pipe(
    Effect.flip,
    Effect.tap((error) => Effect.sync(() => assert.strictEqual(error._tag, "ShapeError"))),
    Effect.map((error: ShapeError) => error.message)
  )

/** A count that the compiler does not know. */
const many: number = 32

describe("validate", () => {
  it.effect.each([
    ["equal shapes", residual({ body: conv(3, 3), shortcut: identity }), 3],
    ["identity padding", residual({ body: conv(3, many), shortcut: identityPadding(3, many) }), many],
    ["projection", residual({ body: conv(3, many, { stride: 2 }), shortcut: projection(3, many, { stride: 2 }) }), many]
  ] as const)("takes a residual with %s", ([, module, channels]) =>
    Effect.gen(function* () {
      const output = yield* Effect.fromResult(Network.validate(of(chain(module, head(channels)))))
      assert.deepStrictEqual(output, [10])
    })
  )

  it.effect.each([
    [
      "16 against 32 channels",
      residual({ body: conv(16, many), shortcut: identity }),
      ["[32, 32, 32] from the body", "[32, 32, 16] from the shortcut", "identityPadding(16, 32) or projection(16, 32)"]
    ],
    [
      "half the size",
      residual({ body: conv(16, many, { stride: 2 }), shortcut: conv(16, many) }),
      ["[16, 16, 32]", "[32, 32, 32]", "identityPadding(16, 32, { stride: 2 }) or projection(16, 32, { stride: 2 })"]
    ],
    [
      "fewer channels, which padding cannot make",
      residual({ body: conv(16, many / 4), shortcut: identity }),
      ["[32, 32, 8]", "[32, 32, 16]", "use the shortcut projection(16, 8)"]
    ],
    [
      "a shortcut where none is needed",
      residual({ body: conv(16, 16), shortcut: maxPool(2) }),
      ["[32, 32, 16]", "[16, 16, 16]", "use the shortcut identity"]
    ]
  ] as const)("names both sides of a residual and the shortcut that fixes it: %s", ([, module, parts]) =>
    Effect.gen(function* () {
      const message = yield* messageOf(chain(conv(3, 16), named("block", module), head(32)))
      for (const part of ["at block:", ...parts]) {
        assert.include(message, part)
      }
    })
  )

  it.effect.each([
    [
      "other channels",
      chain(conv(3, 16), named("next", conv(many, 32)), head(32)),
      ["at next:", "32 channels", "16 channels"]
    ],
    ["fewer channels by padding", chain(identityPadding(3, many - 30), head(2)), ["at 0:", "projection(3, 2)"]],
    ["a linear layer on an image", linear(3, 10), ["[32, 32, 3]", "globalAvgPool"]],
    ["a convolution on a vector", chain(globalAvgPool, conv(3, 10)), ["at 1:", "[3]"]],
    ["a window larger than the image", conv(3, 10, { kernel: 41, padding: 0 }), ["at least 41 pixels", "[32, 32, 3]"]],
    ["a head of other classes", chain(globalAvgPool, linear(3, 9)), ["[10]", "[9]"]],
    ["no head", conv(3, 10), ["[10]", "[32, 32, 10]"]],
    ["a name given twice", chain(named("a", conv(3, 3)), named("a", conv(3, 3)), head(3)), ["two called a.weight"]],
    ["no channels", chain(conv(3, 0), head(0)), ["a Conv with valid data", "out"]],
    ["half a pixel", chain(maxPool(2, { stride: 0.5 }), head(3)), ["a MaxPool with valid data", "stride"]],
    ["an unknown kind", { _tag: "Convolution" }, ["Convolution", "Conv,"]]
  ] as const)("refuses %s", ([, body, parts]) =>
    Effect.gen(function* () {
      const message = yield* messageOf(body)
      for (const part of parts) {
        assert.include(message, part)
      }
    })
  )

  it.effect("refuses images that are too small for the MNIST network", () =>
    Effect.gen(function* () {
      const network = MnistCnn.make({ input: { height: 8, width: 8, channels: 1 }, classes: 10 })
      const error = yield* Effect.flip(Effect.fromResult(Network.validate(network)))
      assert.include(error.message, "at conv2:")
    })
  )
})

describe("checkData", () => {
  const network = Seminar.resnet(0)

  it.effect("takes the data that the network is for, and fewer classes", () =>
    Effect.fromResult(Network.checkData(network, { shape: network.input, classes: 7 }))
  )

  it.effect.each([
    [{ shape: network.input, classes: 100 }, ["at most 10 classes", "100 classes"]],
    [{ shape: { height: 28, width: 28, channels: 1 }, classes: 10 }, ["[32, 32, 3]", "[28, 28, 1]"]]
  ] as const)("refuses other data: %j", ([data, parts]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.fromResult(Network.checkData(network, data)))
      for (const part of parts) {
        assert.include(error.message, part)
      }
    })
  )
})

describe("a network is data", () => {
  it.effect("data of no known kind is refused", () =>
    Effect.gen(function* () {
      const unknown = { name: "test", ...task, body: { _tag: "Chain", modules: [{ _tag: "Convolution" }] } }
      const error = yield* Effect.flip(Schema.decodeUnknownEffect(Network.codec())(unknown))
      assert.include(error.message, "body")
    })
  )
})
