import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { valueAndGradients } from "../../src/internal/Gradients.js"
import * as Apply from "../../src/model/Apply.js"
import * as Init from "../../src/model/Init.js"
import { batchNorm, chain, conv, gelu, identity, named } from "../../src/model/Layers.js"
import type { Module } from "../../src/model/Module.js"
import type { HostTensors } from "../../src/model/Tensors.js"
import { Backend } from "../../src/services/backend/Backend.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import { context } from "../support/Context.js"
import { noise } from "../support/Evaluate.js"
import * as Golden from "../support/Golden.js"

const networkOf = (body: Module) => ({ name: "test", input: { height: 6, width: 5, channels: 2 }, classes: 3, body })

/** Output, new state and gradients of what is trainable, all weights random. */
const evaluate = (body: Module, mode: "train" | "eval") =>
  Effect.map(Backend, ({ kernels }) => {
    const network = networkOf(body)
    const { params, state } = Init.init(network, 1)
    let results: HostTensors = {}
    tf.tidy(() => {
      const values = Object.fromEntries(
        Object.entries(params).map(([name, { shape }]) => [name, tf.tensor(noise(name, ...shape).data, [...shape])])
      )
      const x = tf.tensor4d(noise("x", 4, 6, 5, 2).data, [4, 6, 5, 2])
      const { gradients } = valueAndGradients((trainable) => {
        const [y, next] = Apply.apply(network)(trainable, Golden.upload(state), x, context(kernels, mode))
        results = Golden.download({ ...next, y })
        return { value: tf.sum(tf.mul(y, tf.tensor(noise("dy", ...y.shape).data, y.shape))), aux: {} }
      }, values)
      const byName = Object.entries(gradients).map(([name, gradient]) => [`gradient of ${name}`, gradient])
      results = { ...results, ...Golden.download(Object.fromEntries(byName)) }
    })
    return results
  })

describe.each(Object.entries(backends))("the bias of a convolution before a batch norm on %s", (_, backend) => {
  it.effect.each([
    ["with a scale", "train", batchNorm(3)],
    ["with a scale", "eval", batchNorm(3)],
    ["without a scale", "train", batchNorm(3, { scale: false })],
    ["without a scale", "eval", batchNorm(3, { scale: false })]
  ] as const)("is left out or added, which changes nothing: %s, %s", ([, mode, norm]) =>
    Effect.gen(function* () {
      const body = (...between: ReadonlyArray<Module>) =>
        chain(named("conv", conv(2, 3)), ...between, named("norm", norm))
      const left = yield* evaluate(body(), mode)
      // The convolution passes its bias on to the layer after it only.
      const added = yield* evaluate(body(identity), mode)
      assert.sameMembers(Object.keys(left), Object.keys(added))
      for (const [name, { data }] of Object.entries(added)) {
        if (mode === "train" && name === "gradient of conv.bias") {
          // Zero, but for rounding.
          assert.isTrue([...data, ...left[name]!.data].every((x) => Math.abs(x) < 1e-5))
        } else {
          assertClose(left[name]!.data, data, 1e-4)
        }
      }
    }).pipe(Effect.provide(backend))
  )

  it.effect("a frozen convolution is state that training hands on, and learns its bias", () =>
    Effect.gen(function* () {
      const body = chain(named("whiten", conv(2, 3, { kernel: 2, padding: 0, frozen: true })), gelu)
      const { params, state } = Init.init(networkOf(body), 1)
      assert.deepStrictEqual(Object.keys(params), ["whiten.bias"])
      const results = yield* evaluate(body, "train")
      assert.deepStrictEqual(results["whiten.weight"], state["whiten.weight"])
      assert.isTrue(results["gradient of whiten.bias"]!.data.every((x) => x !== 0))
    }).pipe(Effect.provide(backend))
  )
})
