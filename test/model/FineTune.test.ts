import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Apply from "../../src/model/Apply.js"
import * as MnistCnn from "../../src/model/families/MnistCnn.js"
import * as Seminar from "../../src/model/families/Seminar.js"
import * as Init from "../../src/model/Init.js"
import { batchNorm, chain, conv, flatten, globalAvgPool, linear, named, residual } from "../../src/model/Layers.js"
import type { Module } from "../../src/model/Module.js"
import * as Network from "../../src/model/Network.js"
import * as Weights from "../../src/model/Weights.js"
import { Backend } from "../../src/services/Backend.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import * as Evaluate from "../support/Evaluate.js"
import * as Golden from "../support/Golden.js"
import { assertNoLeak } from "../support/NoLeak.js"

const network = Seminar.resnet(0)

const shapes = (network: Network.Network) =>
  Object.fromEntries(Network.parameters(network).map(({ path, shape }) => [path, shape.join("x")]))

describe("the network for other classes", () => {
  it.effect.each([
    ["the residual network", network, "linear"],
    ["the MNIST CNN", MnistCnn.make(), "fc3"]
  ] as const)("has another last layer and nothing else: %s", ([, network, head]) =>
    Effect.gen(function* () {
      const other = yield* Effect.fromResult(Network.withClasses(network, 37))
      assert.deepStrictEqual(yield* Effect.fromResult(Network.validate(other)), [37])
      const [before, after] = [shapes(network), shapes(other)]
      assert.deepStrictEqual(Object.keys(after), Object.keys(before))
      const changed = Object.keys(before).filter((path) => before[path] !== after[path])
      assert.deepStrictEqual(changed, [`${head}.weight`, `${head}.bias`])
      const back = yield* Effect.fromResult(Network.withClasses(other, network.classes))
      assert.deepStrictEqual(JSON.stringify(back), JSON.stringify(network))
    })
  )

  const of = (body: Module): Network.Network => ({ ...network, name: "mine", body })
  const input = { height: 32, width: 32, channels: 3 }
  const many: number = 10
  it.effect.each([
    ["a convolution last", of(chain(conv(3, 10), globalAvgPool)), "Conv with 0.bias"],
    [
      "a residual last",
      of(chain(globalAvgPool, residual({ body: linear(3, many), shortcut: linear(3, many) }))),
      "Linear with"
    ],
    ["nothing learned", of(chain(globalAvgPool, flatten)), "none that has parameters"],
    ["a head that does not fit", of(chain(flatten, named("linear", linear(3, 10)))), `[${input.height * 32 * 3}]`]
  ] as const)("is refused of one with %s", ([, network, says]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.fromResult(Network.withClasses(network, 100)))
      assert.strictEqual(error._tag, "ShapeError")
      assert.include(error.message, says)
    })
  )

  it.effect("has whole numbers of classes", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.fromResult(Network.withClasses(network, 0.5)))
      assert.strictEqual(error.path, "linear")
    })
  )
})

describe("weights for all but the head", () => {
  const published = Weights.toTorch(network, Init.init(network, 1))
  const isHead = (name: string) => name.startsWith("linear.")

  it.effect("are loaded where the head is skipped, and are whole with those of an initial network", () =>
    Effect.gen(function* () {
      const other = yield* Effect.fromResult(Network.withClasses(network, 37))
      const loaded = yield* Effect.fromResult(Weights.fromTorch(other, published, { skip: isHead }))
      assert.deepStrictEqual((yield* Effect.flip(Effect.fromResult(Weights.check(other, loaded)))).missing, [
        "linear.weight",
        "linear.bias"
      ])
      const first = Init.init(other, 2)
      const whole = Weights.merge(first, loaded)
      yield* Effect.fromResult(Weights.check(other, whole))
      assert.deepStrictEqual(whole.params["linear.weight"], first.params["linear.weight"])
      assert.deepStrictEqual(whole.params["conv1.weight"], Init.init(network, 1).params["conv1.weight"])
      assert.deepStrictEqual(whole.state, Init.init(network, 1).state)
    })
  )

  it.effect("are refused where something else is missing, or the head is not skipped", () =>
    Effect.gen(function* () {
      const other = yield* Effect.fromResult(Network.withClasses(network, 37))
      const { "layer2.0.conv1.weight": _, ...holed } = published
      const missing = yield* Effect.flip(Effect.fromResult(Weights.fromTorch(other, holed, { skip: isHead })))
      assert.deepStrictEqual([missing.missing, missing.misshapen], [["layer2.0.conv1.weight"], []])
      const misshapen = yield* Effect.flip(Effect.fromResult(Weights.fromTorch(other, published)))
      assert.strictEqual(misshapen.misshapen.length, 2)
    })
  )

  it.effect("of another shape, or under a name of nobody, are not the network's", () =>
    Effect.gen(function* () {
      const { params, state } = Init.init(network, 0)
      const error = yield* Effect.flip(
        Effect.fromResult(
          Weights.check(network, {
            params: { ...params, "linear.bias": { shape: [5], data: new Float32Array(5) } },
            state: { ...state, fc9: { shape: [], data: new Float32Array(1) } }
          })
        )
      )
      assert.deepStrictEqual([error.missing, error.unexpected], [[], ["fc9"]])
      assert.include(error.message, "linear.bias ([10] expected, got [5])")
    })
  )
})

describe("the parameters within parts", () => {
  it.effect("are those below, and those named", () =>
    Effect.gen(function* () {
      const isIn = yield* Effect.fromResult(Network.within(network, ["layer1", "layer2.0.bn1", "conv1.bias"]))
      const paths = Object.keys(shapes(network)).filter(isIn)
      assert.deepStrictEqual(
        paths.filter((path) => !path.startsWith("layer1.")),
        ["conv1.bias", ...["weight", "bias", "running_mean", "running_var"].map((name) => `layer2.0.bn1.${name}`)]
      )
      assert.strictEqual(paths.length, 5 + 12)
    })
  )

  it.effect("of an unknown part are an error that names the nearest", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.fromResult(Network.within(network, ["layer1", "layer22"])))
      assert.strictEqual(error.message, `seminar-resnet-0 has no part "layer22"\n  fix: did you mean layer2?`)
    })
  )
})

describe("features", () => {
  const host = Init.init(network, 3)

  /** The features at `path` and the logits of the same two images. */
  const at = (path: string) =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      const features = yield* Effect.fromResult(Apply.features(network, path))
      return tf.tidy(() => {
        const [params, state] = [Golden.upload(host.params), Golden.upload(host.state)]
        const x = Golden.upload({ x: Evaluate.noise("x", 2, 32, 32, 3) }).x as tf.Tensor4D
        const y = features(params, state, x, kernels)
        const [logits] = Apply.apply(network)(params, state, x, { kernels, mode: "eval" })
        const head = (pooled: tf.Tensor) =>
          tf.add(tf.matMul(pooled as tf.Tensor2D, params["linear.weight"] as tf.Tensor2D), params["linear.bias"]!)
        const rest = y.rank === 2 ? y : tf.mean(y, [1, 2])
        return {
          shape: y.shape,
          values: y.dataSync(),
          logits: logits.dataSync(),
          headed: rest.shape[1] === 128 ? head(rest).dataSync() : undefined
        }
      })
    }).pipe(assertNoLeak, Effect.provide(backends.tensorflow))

  it.effect.each(["layer4", "pool"])("of %s give the logits when the rest is computed by hand", (path) =>
    Effect.gen(function* () {
      const { headed, logits } = yield* at(path)
      assertClose(headed!, logits, 1e-5)
    })
  )

  it.effect("of the last layer are the logits", () =>
    Effect.gen(function* () {
      const { logits, values } = yield* at("linear")
      assert.deepStrictEqual(values, logits)
    })
  )

  it.effect.each([
    ["conv1", [2, 32, 32, 16]],
    ["layer2", [2, 16, 16, 32]],
    ["layer2.0.bn1", [2, 16, 16, 32]],
    ["layer3.0", [2, 8, 8, 64]],
    ["pool", [2, 128]]
  ] as const)("of %s have the shape of that part", ([path, shape]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* at(path)).shape, [...shape])
    })
  )

  it.effect("of a convolution in front of a batch norm hold its bias", () =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      const small: Network.Network = {
        ...network,
        body: chain(named("conv", conv(3, 2)), batchNorm(2), globalAvgPool, linear(2, 10))
      }
      const apply = yield* Effect.fromResult(Apply.features(small, "conv"))
      const values = tf.tidy(() =>
        apply(
          { "conv.weight": tf.zeros([3, 3, 3, 2]), "conv.bias": tf.tensor1d([5, 7]) },
          {},
          tf.zeros([1, 1, 1, 3]),
          kernels
        ).dataSync()
      )
      assert.deepStrictEqual([...values], [5, 7])
    }).pipe(Effect.provide(backends.cpu))
  )

  it.effect("of an unknown part are an error that names the nearest", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.fromResult(Apply.features(network, "layer3.0.conv3")))
      assert.strictEqual(error._tag, "PathError")
      assert.match(error.nearest, /^layer3\.0\.conv\d$/)
      assert.include(error.message, `no part "layer3.0.conv3"`)
      assert.include(error.known, "layer4.0.relu2")
    })
  )
})
