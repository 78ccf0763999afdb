import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import * as Random from "../../src/internal/Random.js"
import { moduleSchema } from "../../src/model/Compose.js"
import * as Initializer from "../../src/model/Initializer.js"
import { builtIn, find, layerOf } from "../../src/model/Kinds.js"
import * as Layers from "../../src/model/Layers.js"
import type { Module } from "../../src/model/Module.js"
import * as Network from "../../src/model/Network.js"
import { size } from "../../src/model/Shape.js"
import type { Tensors } from "../../src/model/Tensors.js"
import { Backend } from "../../src/services/backend/Backend.js"
import { backends } from "../support/Backends.js"
import { context } from "../support/Context.js"
import { noise } from "../support/Evaluate.js"

const image = [7, 5, 3]
const statistics = ["running_mean", "running_var"]

/** Every kind of layer with an input, and what must come of it: the shape, how many numbers are trainable, and which state training changes. */
const contract: ReadonlyArray<{
  readonly module: Module
  readonly input: ReadonlyArray<number>
  readonly output: ReadonlyArray<number>
  readonly trainable?: number
  readonly changed?: ReadonlyArray<string>
}> = [
  { module: Layers.avgPool(2), input: image, output: [3, 2, 3] },
  { module: Layers.batchNorm(3), input: image, output: image, trainable: 6, changed: statistics },
  { module: Layers.batchNorm(3, { scale: false }), input: image, output: image, trainable: 3, changed: statistics },
  { module: Layers.conv(3, 4, { stride: 2 }), input: image, output: [4, 3, 4], trainable: 112 },
  { module: Layers.conv(3, 6, { groups: 3, dilation: 2 }), input: image, output: [7, 5, 6], trainable: 60 },
  { module: Layers.conv(3, 4, { kernel: 2, padding: 0, frozen: true }), input: image, output: [6, 4, 4], trainable: 4 },
  { module: Layers.dropout(0.3), input: image, output: image },
  { module: Layers.flatten, input: image, output: [105] },
  { module: Layers.gelu, input: image, output: image },
  { module: Layers.globalAvgPool, input: image, output: [3] },
  { module: Layers.globalMaxPool, input: image, output: [3] },
  { module: Layers.groupNorm(3, { groups: 3 }), input: image, output: image, trainable: 6 },
  { module: Layers.identity, input: image, output: image },
  { module: Layers.identityPadding(3, 8, { stride: 2 }), input: image, output: [4, 3, 8] },
  { module: Layers.identityPadding(3, 8, { zeros: "around" }), input: image, output: [7, 5, 8] },
  { module: Layers.layerNorm(3), input: image, output: image, trainable: 6 },
  { module: Layers.layerNorm(6), input: [6], output: [6], trainable: 12 },
  { module: Layers.linear(6, 4), input: [6], output: [4], trainable: 28 },
  { module: Layers.linear(6, 4, { bias: false }), input: [6], output: [4], trainable: 24 },
  { module: Layers.maxPool(3, { stride: 2, padding: 1 }), input: image, output: [4, 3, 3] },
  { module: Layers.relu, input: image, output: image },
  { module: Layers.scale(1 / 9), input: [6], output: [6] },
  { module: Layers.silu, input: image, output: image },
  { module: Layers.squeezeExcitation(3, { squeezed: 2 }), input: image, output: image, trainable: 17 },
  { module: Layers.stochasticDepth(0.3), input: image, output: image }
]

const isFinite = (tensor: tf.Tensor) => tensor.dataSync<"float32">().every(Number.isFinite)

const NetworkJson = Schema.fromJsonString(Network.codec())

describe("every kind of layer", () => {
  it("is in the contract", () => {
    assert.deepStrictEqual([...new Set(contract.map(({ module: { _tag } }) => _tag))], [...builtIn.keys()])
  })

  it.effect("is the same after it was written as JSON in a network and read", () =>
    Effect.gen(function* () {
      const network: Network.Network = {
        name: "all",
        input: { height: 7, width: 5, channels: 3 },
        classes: 10,
        body: Layers.chain(...contract.map(({ module }) => module))
      }
      const json = yield* Schema.encodeEffect(NetworkJson)(network)
      assert.deepStrictEqual(yield* Schema.decodeEffect(NetworkJson)(json), network)
    })
  )
})

describe.each(Object.entries(backends))("every kind of layer on %s", (_, backend) => {
  it.effect.each(contract.map((row) => [row.module._tag, row] as const))(
    "%s: shapes, parameters, a gradient for each, and state that only training changes",
    ([, { changed = [], input, trainable: count = 0, module, output }]) =>
      Effect.gen(function* () {
        const { kernels } = yield* Backend
        const layer = layerOf(builtIn, module)
        assert.deepStrictEqual(yield* Effect.fromResult(layer.outputShape(input)), output)
        const trainable = layer.parameters.filter(({ role }) => role === "param")
        assert.strictEqual(
          trainable.reduce((sum, { shape }) => sum + size(shape), 0),
          count
        )
        tf.tidy(() => {
          const own: Tensors = Object.fromEntries(
            layer.parameters.map(({ init, name, shape }) => [
              name,
              tf.tensor(Initializer.sample(init, shape, Random.make(1, name)), [...shape])
            ])
          )
          const x = tf.tensor(noise("x", 2, ...input).data, [2, ...input])
          const [evaluated, none] = layer.apply(x, own, context(kernels, "eval"))
          assert.deepStrictEqual(evaluated.shape, [2, ...output])
          assert.deepStrictEqual(none, {})
          const gradients = tf.grads((input, ...values) => {
            const given = Object.fromEntries(trainable.map(({ name }, i) => [name, values[i]!]))
            const [y, updates] = layer.apply(input!, { ...own, ...given }, context(kernels, "train"))
            assert.isTrue(isFinite(y))
            assert.sameMembers(Object.keys(updates), [...changed])
            return tf.sum(tf.mul(y, tf.tensor(noise("dy", 2, ...output).data, y.shape)))
          })([x, ...trainable.map(({ name }) => own[name]!)])
          for (const gradient of gradients) {
            assert.isTrue(isFinite(gradient))
            assert.isTrue(gradient.dataSync<"float32">().some((value) => value !== 0))
          }
        })
      }).pipe(Effect.provide(backend))
  )
})

describe("a network written before a layer had the option", () => {
  it.effect.each([
    [Layers.conv(3, 4), { _tag: "Conv", in: 3, out: 4, kernel: 3, stride: 1, padding: 1, bias: true }],
    [Layers.batchNorm(3), { _tag: "BatchNorm", channels: 3, decay: 0.9, epsilon: 1e-5 }],
    [Layers.linear(3, 4), { _tag: "Linear", in: 3, out: 4 }],
    [Layers.identityPadding(3, 8), { _tag: "IdentityPadding", in: 3, out: 8, stride: 1 }]
  ] as const)("has the layer as it was: %o", ([now, json]) =>
    Effect.gen(function* () {
      const before = layerOf(builtIn, yield* Schema.decodeUnknownEffect(moduleSchema(builtIn))(json))
      assert.deepStrictEqual(before.parameters, layerOf(builtIn, now).parameters)
      for (const shape of [[9, 9, 3], [3]]) {
        assert.deepStrictEqual(before.outputShape(shape), layerOf(builtIn, now).outputShape(shape))
      }
    })
  )
})

describe("a layer with data that cannot be", () => {
  it.effect.each([
    [Layers.conv(4, 6, { groups: 4 }), "groups that divide both in and out"],
    [Layers.groupNorm(6, { groups: 4 }), "groups that divide the channels"],
    [Layers.dropout(1), "less than 1"],
    [Layers.stochasticDepth(-0.1), "greater than or equal to 0"],
    [Layers.scale(Number.NaN), "finite"],
    [Layers.batchNorm(3, { decay: Number.NaN }), "finite"]
  ] as ReadonlyArray<readonly [Module, string]>)("is refused: %o", ([module, reason]) =>
    Effect.gen(function* () {
      const { actual } = yield* Effect.flip(Effect.fromResult(find(builtIn, module)))
      assert.include(actual, reason)
    })
  )
})
