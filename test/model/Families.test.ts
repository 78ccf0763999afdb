import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result, Schema } from "effect"
import { valueAndGradients } from "../../src/internal/Gradients.js"
import * as Apply from "../../src/model/Apply.js"
import * as Blocks from "../../src/model/Blocks.js"
import * as Airbench from "../../src/model/families/Airbench.js"
import * as CifarPreResNet from "../../src/model/families/CifarPreResNet.js"
import * as CifarResNet from "../../src/model/families/CifarResNet.js"
import * as Mlp from "../../src/model/families/Mlp.js"
import * as MnistCnn from "../../src/model/families/MnistCnn.js"
import * as ResNet from "../../src/model/families/ResNet.js"
import * as Seminar from "../../src/model/families/Seminar.js"
import { cifar10 } from "../../src/model/families/Tasks.js"
import * as WideResNet from "../../src/model/families/WideResNet.js"
import * as Init from "../../src/model/Init.js"
import * as Network from "../../src/model/Network.js"
import * as Networks from "../../src/model/Networks.js"
import * as Summary from "../../src/model/Summary.js"
import type { HostTensors } from "../../src/model/Tensors.js"
import * as Safetensors from "../../src/model/weights/Safetensors.js"
import * as Weights from "../../src/model/weights/Weights.js"
import { Backend } from "../../src/services/backend/Backend.js"
import { backends } from "../support/Backends.js"
import { context } from "../support/Context.js"
import { small } from "../support/Families.js"
import * as Golden from "../support/Golden.js"
import { assertNoLeak } from "../support/NoLeak.js"

describe("parameters and multiply-adds are the published ones", () => {
  it.effect.each([
    ["mlp-128-64", Mlp.make({ hidden: [128, 64] }), 109_386, 109_184],
    ["mnist-cnn", MnistCnn.make(), 44_426, 281_640],
    // The seminar's n = 5 has 2,260,826 without the biases of its convolutions, and those have 16 + 12 * (16 + 32 + 64 + 128) numbers.
    ["seminar-resnet-0", Seminar.resnet(0), 298_122, 15_779_072],
    ["seminar-resnet-5", Seminar.resnet(5), 2_260_826 + 16 + 12 * (16 + 32 + 64 + 128), 110_150_912],
    ["seminar-resnet18", Seminar.resnet18(), 691_242, 34_653_440],
    ["seminar-resnet34", Seminar.resnet34(), 1_325_322, 72_402_176],
    ["cifar-resnet20", CifarResNet.resnet20(), 269_722, 40_551_040],
    ["cifar-resnet32", CifarResNet.resnet32(), 464_154, 68_862_592],
    ["cifar-resnet44", CifarResNet.resnet44(), 658_586, 97_174_144],
    ["cifar-resnet56", CifarResNet.resnet56(), 853_018, 125_485_696],
    ["cifar-resnet110", CifarResNet.resnet110(), 1_727_962, 252_887_680],
    ["cifar-preresnet20", CifarPreResNet.make({ blocks: 3 }), 269_722, 40_551_040],
    ["cifar-preresnet164-bottleneck", CifarPreResNet.make({ blocks: 18, block: "bottleneck" }), 1_703_258, 247_646_720],
    ["wrn-16-8", WideResNet.make({ blocks: 2, width: 8 }), 10_961_370, 1_548_145_664],
    ["wrn-40-4", WideResNet.make({ blocks: 6, width: 4 }), 8_949_210, 1_298_582_016],
    ["wrn-28-10", WideResNet.make({ blocks: 4, width: 10 }), 36_479_194, 5_243_328_768],
    // 288 of its 1,971,640 are frozen.
    ["airbench94", Airbench.airbench94(), 1_971_640 - 288, 118_147_360],
    ["airbench93", Airbench.make(Airbench.variants.airbench93), 568_728, 54_223_904],
    ["airbench95", Airbench.make(Airbench.variants.airbench95), 4_604_440, 301_560_864],
    ["airbench96", Airbench.make(Airbench.variants.airbench96), 9_915_416, 451_967_264],
    ["airbench of 32, 64, 64", Airbench.make({ name: "proxy", widths: [32, 64, 64] }), 146_136, 17_085_088],
    ["resnet18", ResNet.resnet18(), 11_689_512, 1_814_073_344],
    ["resnet34", ResNet.resnet34(), 21_797_672, 3_663_761_408],
    ["resnet50", ResNet.resnet50(), 25_557_032, 4_089_184_256],
    ["resnet101", ResNet.resnet101(), 44_549_160, 7_801_405_440],
    ["resnet152", ResNet.resnet152(), 60_192_808, 11_513_626_624],
    ["resnet18 for CIFAR-10", ResNet.resnet18(cifar10), 11_173_962, 555_422_720],
    ["resnet34 for CIFAR-10", ResNet.resnet34(cifar10), 21_282_122, 1_159_402_496],
    ["resnet50 for CIFAR-10", ResNet.resnet50(cifar10), 23_520_842, 1_297_829_888]
  ] as const)("%s", ([, network, parameters, multiplyAdds]) =>
    Effect.gen(function* () {
      const summary = yield* Effect.fromResult(Summary.summarize(network))
      assert.strictEqual(summary.parameters, parameters)
      assert.strictEqual(summary.multiplyAdds, multiplyAdds)
    })
  )
})

const cases = small.map((network) => ({ name: network.name, network, weights: Init.init(network, 0) }))

/** Shape and bytes of each tensor; millions of numbers compared one by one take seconds. */
const fingerprint = (tensors: HostTensors) =>
  Object.entries(tensors).map(([name, { data, shape }]) => [
    name,
    shape,
    createHash("sha256")
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest("hex")
  ])

/** Biases that a batch norm takes out again, so that nothing depends on them. */
const isTakenOut = (network: Network.Network, name: string): boolean =>
  network.name.startsWith("resnet-") && /conv\d\.bias$/.test(name)

describe("every family", () => {
  it.effect.each(cases)(
    "$name: logits of the classes, a gradient for every parameter, eval changes nothing",
    ({ network, weights }) =>
      Effect.gen(function* () {
        const { kernels } = yield* Backend
        const noGradient = tf.tidy(() => {
          const apply = Apply.apply(network)
          const state = Golden.upload(weights.state)
          const params = Golden.upload(weights.params)
          const { channels, height, width } = network.input
          const x = tf.randomNormal<tf.Rank.R4>([4, height, width, channels], 0, 1, "float32", 1)

          const [logits, after] = apply(params, state, x, context(kernels, "eval"))
          assert.deepStrictEqual(logits.shape, [4, network.classes])
          assert.strictEqual(after, state)

          const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 0], "int32"), network.classes)
          const { gradients } = valueAndGradients((params) => {
            const [y] = apply(params, state, x, context(kernels, "train"))
            return { value: tf.neg(tf.sum(tf.mul(tf.logSoftmax(y), labels))), aux: {} }
          }, params)
          return Object.entries(gradients).flatMap(([name, gradient]) => {
            const values = gradient.dataSync<"float32">()
            assert.isTrue(values.every(Number.isFinite), name)
            return values.every((value) => value === 0) ? [name] : []
          })
        })
        assert.deepStrictEqual(
          noGradient,
          Object.keys(weights.params).filter((name) => isTakenOut(network, name))
        )
      }).pipe(assertNoLeak, Effect.provide(backends.tensorflow))
  )

  it.effect.each(cases)(
    "$name: weights go through a file of PyTorch's names and back without a change",
    ({ network, weights }) =>
      Effect.gen(function* () {
        const file = Safetensors.encode({ tensors: Result.getOrThrow(Weights.toTorch(network, weights)), metadata: {} })
        const { tensors } = yield* Effect.fromResult(Safetensors.decode(file))
        const read = yield* Effect.fromResult(Weights.fromTorch(network, tensors))
        assert.deepStrictEqual(fingerprint(read.params), fingerprint(weights.params))
        assert.deepStrictEqual(fingerprint(read.state), fingerprint(weights.state))
      })
  )

  it.effect.each(cases)("$name: for other classes, the head alone is another", ({ network }) =>
    Effect.gen(function* () {
      const before = Network.parameters(network)
      const after = Network.parameters(yield* Effect.fromResult(Network.withClasses(network, 5)))
      assert.deepStrictEqual(
        after.map(({ path }) => path),
        before.map(({ path }) => path)
      )
      const other = after.filter(({ shape }, i) => !shape.every((length, axis) => length === before[i]!.shape[axis]))
      assert.deepStrictEqual(
        other.map(({ kind, shape }) => [kind, shape.at(-1)]),
        other.map(() => ["Linear", 5])
      )
      assert.isAtLeast(other.length, 1)
    })
  )

  it.effect.each(cases)("$name: the network goes through JSON and back without a change", ({ network }) =>
    Effect.gen(function* () {
      const Json = Schema.fromJsonString(Network.codec())
      const text = yield* Schema.encodeEffect(Json)(network)
      assert.deepStrictEqual(yield* Schema.decodeEffect(Json)(text), network)
    })
  )
})

describe("a network's spec", () => {
  const Json = Schema.fromJsonString(Networks.NetworkSpec)
  it.effect.each(Networks.known)("of %s goes through JSON and back without a change", (name) =>
    Effect.gen(function* () {
      const spec = yield* Effect.fromResult(Networks.parse(name))
      assert.deepStrictEqual(yield* Schema.decodeEffect(Json)(yield* Schema.encodeEffect(Json)(spec)), spec)
    })
  )
})

const namesUnder = (network: Network.Network, prefix: string): ReadonlyArray<string> =>
  Network.parameters(network).flatMap(({ path }) => (path.startsWith(prefix) ? [path.slice(prefix.length)] : []))

const norm = (name: string) => ["weight", "bias", "running_mean", "running_var"].map((part) => `${name}.${part}`)

describe("names", () => {
  it("are those of airbench94_muon.py, without the scales that it does not train", () => {
    assert.deepStrictEqual(namesUnder(Airbench.airbench94(), "layers.3."), [
      ...["conv1.weight", ...norm("norm1").slice(1), "conv2.weight", ...norm("norm2").slice(1)]
    ])
  })
})

describe("zeroInit", () => {
  const block = { stride: 2, zeroInit: true, shortcut: "projection" } as const
  it.each([
    ["basic", Blocks.basic(4, 8, block), "bn2.weight"],
    ["bottleneck", Blocks.bottleneck(4, 8, block), "bn3.weight"],
    ["pre-activation basic", Blocks.preactivationBasic(4, 8, block), "bn2.weight"],
    ["pre-activation bottleneck", Blocks.preactivationBottleneck(4, 8, block), "bn3.weight"]
  ] as const)("of a %s block: the last scale begins at zero, and no other", (_, body, last) => {
    const { params } = Init.init({ name: "block", ...cifar10, body }, 0)
    const zero = Object.keys(params).filter((name) => /weight$/.test(name) && params[name]!.data.every((x) => x === 0))
    assert.deepStrictEqual(zero, [last])
  })
})
