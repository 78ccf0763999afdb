import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result, Schema } from "effect"
import * as LayersModel from "../../src/model/export/LayersModel.js"
import * as OnnxModel from "../../src/model/export/OnnxModel.js"
import * as MnistCnn from "../../src/model/families/MnistCnn.js"
import * as Initializer from "../../src/model/Initializer.js"
import * as Kinds from "../../src/model/Kinds.js"
import { kind, type Layer, unchanged } from "../../src/model/Layer.js"
import * as Layers from "../../src/model/Layers.js"
import type { Network } from "../../src/model/Network.js"
import { Backend } from "../../src/services/backend/Backend.js"
import { assertClose } from "../support/Close.js"
import { contract, networkOf } from "../support/ExportContract.js"
import { imagesFor, layersLogits, logits, onnxLogits, weightsOf } from "../support/Exported.js"
import { small } from "../support/Families.js"

const assertExported = (network: Network, counts: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const weights = weightsOf(network)
    const files = yield* Effect.fromResult(LayersModel.make(network, weights))
    const onnx = yield* Effect.fromResult(OnnxModel.make(network, weights))
    for (const count of counts) {
      const images = imagesFor(network, count)
      const expected = yield* logits(network, weights, images)
      assert.isTrue(expected.some((value) => value !== 0))
      assertClose(yield* layersLogits(files, images), expected, 1e-5)
      assertClose(yield* onnxLogits(onnx, images), expected, 1e-5)
    }
  })

describe("every kind of layer", () => {
  it("is in the contract", () => {
    assert.sameMembers([...new Set(contract.map(([{ _tag }]) => _tag))], [...Kinds.builtIn.keys()])
  })

  it.effect.each(contract.map((row) => [JSON.stringify(row[0]), row] as const))(
    "%s is the same in tf.layers and in ONNX",
    ([, row]) => assertExported(networkOf(row), [2]).pipe(Effect.provide(Backend.layerCpu))
  )
})

describe("a custom kind", () => {
  const Spec = Schema.TaggedStruct("Gamma", {})
  const layer = {
    parameters: [{ name: "weight", shape: [4], role: "param", init: Initializer.constant(1) }],
    outputShape: Result.succeed,
    multiplyAdds: () => 0,
    apply: (x, { weight }) => [tf.mul(x, weight!), unchanged]
  } satisfies Layer
  const { body, ...rest } = networkOf([Layers.identity])
  const networkWith = (written: NonNullable<Layer["export"]>): Network => ({
    ...rest,
    kinds: Kinds.make([kind("Gamma", Spec, () => ({ ...layer, export: written }))]),
    body: Layers.named("own", Layers.chain(Layers.relu, Spec.make({}), body))
  })

  it.effect("is written by its own export", () => {
    const network = networkWith({
      layers: (x, graph) =>
        graph.add("DepthwiseConv2D", [x.name], {
          config: { kernel_size: [1, 1], depth_multiplier: 1, use_bias: false },
          weights: { depthwise_kernel: { shape: [1, 1, 4, 1], data: graph.weight("weight").data } }
        }),
      onnx: (x, graph) =>
        graph.add("Mul", [x.name, graph.add("Unsqueeze", [graph.parameter("weight"), graph.integers(1, 2)])])
    })
    return assertExported(network, [2]).pipe(Effect.provide(Backend.layerCpu))
  })

  it.effect("without one for the format, an ExportError names it, its path and the way out", () =>
    Effect.gen(function* () {
      const network = networkWith({ onnx: (x) => x.name })
      const weights = weightsOf(network)
      assert.isTrue(Result.isSuccess(OnnxModel.make(network, weights)))
      const error = yield* Effect.flip(Effect.fromResult(LayersModel.make(network, weights)))
      assert.strictEqual(error._tag, "ExportError")
      for (const part of ["own.1", "Gamma", "layers", "fix:"]) assert.include(error.message, part)
    })
  )
})

it.effect("a network whose parts do not fit is refused", () =>
  Effect.gen(function* () {
    const network = { ...MnistCnn.make(), classes: 11 }
    const error = yield* Effect.flip(Effect.fromResult(OnnxModel.make(network, weightsOf(network))))
    assert.strictEqual(error._tag, "ShapeError")
  })
)

describe("every family, for one image and for three", () => {
  it.effect.each(small.map((network) => [network.name, network] as const))("%s", ([, network]) =>
    assertExported(network, [1, 3]).pipe(Effect.provide(Backend.layerTensorFlow()))
  )
})
