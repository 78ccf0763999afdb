import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Apply from "../../src/model/Apply.js"
import * as Seminar from "../../src/model/families/Seminar.js"
import * as Init from "../../src/model/Init.js"
import { batchNorm, chain, conv, globalAvgPool, linear, named } from "../../src/model/Layers.js"
import type * as Network from "../../src/model/Network.js"
import { Backend } from "../../src/services/backend/Backend.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import * as Evaluate from "../support/Evaluate.js"
import * as Golden from "../support/Golden.js"
import { assertNoLeak } from "../support/NoLeak.js"

const network = Seminar.resnet(0)

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
