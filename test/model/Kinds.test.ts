import { readFile } from "node:fs/promises"
import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result, Schema } from "effect"
import * as Apply from "../../src/model/Apply.js"
import * as Init from "../../src/model/Init.js"
import * as Initializer from "../../src/model/Initializer.js"
import * as Kinds from "../../src/model/Kinds.js"
import * as Layer from "../../src/model/Layer.js"
import { chain, conv, globalAvgPool, linear, named } from "../../src/model/Layers.js"
import type { Module } from "../../src/model/Module.js"
import * as Network from "../../src/model/Network.js"
import * as Shape from "../../src/model/Shape.js"
import * as Summary from "../../src/model/Summary.js"
import * as Weights from "../../src/model/weights/Weights.js"
import { Backend } from "../../src/services/backend/Backend.js"
import { backends } from "../support/Backends.js"
import { context } from "../support/Context.js"
import * as Golden from "../support/Golden.js"

const BlurPool = Schema.TaggedStruct("BlurPool", { channels: Shape.Count })

/** The mean of 2x2 windows, each channel with a weight and a count of the images that training has shown. */
const blurPool = <const C extends number>(channels: C): Module<C, C> => BlurPool.make({ channels })

const kind = Layer.kind("BlurPool", BlurPool, ({ channels }) => ({
  parameters: [
    // [channels, 1] in files.
    { name: "weight", shape: [1, channels], role: "param", init: Initializer.constant(2), torchAxes: [1, 0] },
    { name: "seen", shape: [], role: "state", init: Initializer.constant(0) }
  ],
  outputShape: (input) => Shape.slide(input, { size: 2, stride: 2, padding: 0 }, channels),
  multiplyAdds: Shape.size,
  apply: (x, { seen, weight }, { mode }) => [
    tf.mul(tf.avgPool(x as tf.Tensor4D, 2, 2, "valid"), weight!),
    mode === "train" ? { seen: tf.add(seen!, x.shape[0]!) } : Layer.unchanged
  ]
}))

const kinds = Kinds.make([kind])

const network: Network.Network = {
  name: "blurred",
  kinds,
  input: { height: 4, width: 4, channels: 1 },
  classes: 2,
  body: chain(
    named("conv", conv(1, 3, { init: Initializer.constant(1), kernel: 1 })),
    named("blur", blurPool(3)),
    globalAvgPool,
    named("head", linear(3, 2, { init: Initializer.constant(1), biasInit: Initializer.constant(0) }))
  )
}

const Json = Schema.fromJsonString(Network.codec(kinds))

describe("a custom kind", () => {
  it.effect("is refused where the network does not carry it, and where JSON is read or written without it", () =>
    Effect.gen(function* () {
      const unknown = { ...network, body: chain({ _tag: "Unheard" }, globalAvgPool, linear(1, 2)) }
      const invalid = yield* Effect.flip(Effect.fromResult(Network.validate(unknown)))
      assert.include(invalid.message, "give the network your own: kinds: Kinds.make")
      const { kinds: _, ...withoutKinds } = network
      const lost = yield* Effect.flip(Effect.fromResult(Network.validate(withoutKinds)))
      assert.strictEqual(lost.actual, "BlurPool")
      const BuiltIn = Schema.fromJsonString(Network.codec())
      const unread = yield* Effect.flip(Schema.decodeEffect(BuiltIn)(yield* Schema.encodeEffect(Json)(network)))
      assert.include(unread.message, "BlurPool")
      const unwritten = yield* Effect.flip(Schema.encodeEffect(BuiltIn)(network))
      assert.include(unwritten.message, "BlurPool")
    })
  )

  it.effect("is found by all that read networks: JSON, summary, initial weights, weight files", () =>
    Effect.gen(function* () {
      const read = yield* Schema.decodeEffect(Json)(yield* Schema.encodeEffect(Json)(network))
      assert.deepStrictEqual(read, network)

      const { layers, parameters } = yield* Effect.fromResult(Summary.summarize(read))
      assert.deepStrictEqual(layers[1], {
        path: "blur",
        kind: "BlurPool",
        output: [2, 2, 3],
        parameters: 3,
        multiplyAdds: 12
      })
      assert.strictEqual(parameters, 6 + 3 + 8)

      const weights = Init.init(read, 1)
      assert.deepStrictEqual(weights.params["blur.weight"], { shape: [1, 3], data: Float32Array.of(2, 2, 2) })
      assert.deepStrictEqual(weights.state["blur.seen"], { shape: [], data: Float32Array.of(0) })

      const file = Result.getOrThrow(Weights.toTorch(read, weights))
      assert.deepStrictEqual(file["blur.weight"]?.shape, [3, 1])
      assert.deepStrictEqual(yield* Effect.fromResult(Weights.fromTorch(read, file)), weights)
    })
  )

  it.effect.each(Object.entries(backends))("computes, and changes its state in training only: %s", ([, backend]) =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      const { params, state } = Init.init(network, 1)
      tf.tidy(() => {
        const x = tf.ones<tf.Rank.R4>([5, 4, 4, 1])
        const forward = (mode: "train" | "eval") =>
          Apply.apply(network)(Golden.upload(params), Golden.upload(state), x, context(kernels, mode))
        const [logits, next] = forward("train")
        assert.deepStrictEqual(logits.arraySync()[0], [6, 6])
        assert.strictEqual(next["blur.seen"]?.dataSync()[0], 5)
        assert.strictEqual(forward("eval")[1]["blur.seen"]?.dataSync()[0], 0)
      })
    }).pipe(Effect.provide(backend))
  )

  it.effect("with data that its schema refuses, says what is wrong", () =>
    Effect.gen(function* () {
      const { actual, expected } = yield* Effect.flip(Effect.fromResult(Kinds.find(kinds, blurPoolOf(0))))
      assert.strictEqual(expected, "a BlurPool with valid data")
      assert.include(actual, "channels")
    })
  )
})

it.effect("the kind that the documentation shows is the one of the example", () =>
  Effect.gen(function* () {
    const read = (path: string) => Effect.promise(() => readFile(new URL(`../../${path}`, import.meta.url), "utf8"))
    const blocks = [...(yield* read("docs/layers.md")).matchAll(/```typescript\n([\s\S]*?)```/g)].map(
      ([, code = ""]) => code
    )
    const code = blocks.find((block) => block.includes("Kinds.make"))
    assert.isDefined(code)
    assert.include(yield* read("examples/own-layer.ts"), code)
  })
)

/** Data that has not been through the constructor. */
const blurPoolOf = (channels: number): Module & { readonly channels: number } => ({ _tag: "BlurPool", channels })
