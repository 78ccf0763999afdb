import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Random from "../../src/internal/Random.js"
import * as Initializer from "../../src/model/Initializer.js"
import { layerOf, tags } from "../../src/model/Kinds.js"
import * as Layers from "../../src/model/Layers.js"
import type { Module } from "../../src/model/Module.js"
import { size } from "../../src/model/Shape.js"
import type { Tensors } from "../../src/model/Tensors.js"
import { Backend } from "../../src/services/Backend.js"
import { context } from "../support/Context.js"
import { noise } from "../support/Evaluate.js"

/** Every kind of layer, an input of odd size, and the shape and count of parameters that must come of it. */
const contract: ReadonlyArray<
  readonly [module: Module, input: ReadonlyArray<number>, output: ReadonlyArray<number>, parameters: number]
> = [
  [Layers.avgPool(2), [7, 5, 3], [3, 2, 3], 0],
  [Layers.batchNorm(3), [7, 5, 3], [7, 5, 3], 6],
  [Layers.conv(3, 4, { stride: 2 }), [7, 5, 3], [4, 3, 4], 112],
  [Layers.flatten, [7, 5, 3], [105], 0],
  [Layers.globalAvgPool, [7, 5, 3], [3], 0],
  [Layers.identity, [7, 5, 3], [7, 5, 3], 0],
  [Layers.identityPadding(3, 8, { stride: 2 }), [7, 5, 3], [4, 3, 8], 0],
  [Layers.linear(6, 4), [6], [4], 28],
  [Layers.maxPool(3, { stride: 2, padding: 1 }), [7, 5, 3], [4, 3, 3], 0],
  [Layers.relu, [7, 5, 3], [7, 5, 3], 0]
]

const isFinite = (tensor: tf.Tensor) => tensor.dataSync<"float32">().every(Number.isFinite)

describe("every kind of layer", () => {
  it("stands in the contract", () => {
    assert.deepStrictEqual(
      contract.map(([{ _tag }]) => _tag),
      tags()
    )
  })

  it.effect.each(contract.map((row) => [row[0]._tag, row] as const))(
    "%s: shapes, parameters, a gradient for each, and state that only training changes",
    ([, [module, input, output, parameters]]) =>
      Effect.gen(function* () {
        const { kernels } = yield* Backend
        const layer = layerOf(module)
        assert.deepStrictEqual(yield* Effect.fromResult(layer.outputShape(input)), output)
        const learned = layer.parameters.filter(({ role }) => role === "param")
        assert.strictEqual(
          learned.reduce((sum, { shape }) => sum + size(shape), 0),
          parameters
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
            const given = Object.fromEntries(learned.map(({ name }, i) => [name, values[i]!]))
            const [y, updates] = layer.apply(input!, { ...own, ...given }, context(kernels, "train"))
            assert.isTrue(isFinite(y))
            assert.sameMembers(
              Object.keys(updates),
              layer.parameters.filter(({ role }) => role === "state").map(({ name }) => name)
            )
            return tf.sum(tf.mul(y, tf.tensor(noise("dy", 2, ...output).data, y.shape)))
          })([x, ...learned.map(({ name }) => own[name]!)])
          for (const gradient of gradients) {
            assert.isTrue(isFinite(gradient))
            assert.isTrue(gradient.dataSync<"float32">().some((value) => value !== 0))
          }
        })
      }).pipe(Effect.provide(Backend.layerCpu))
  )
})
