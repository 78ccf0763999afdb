import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, FileSystem, Result } from "effect"
import * as Apply from "../../src/model/Apply.js"
import * as LayersModel from "../../src/model/export/LayersModel.js"
import * as OnnxModel from "../../src/model/export/OnnxModel.js"
import * as Init from "../../src/model/Init.js"
import {
  batchNorm,
  chain,
  conv,
  globalAvgPool,
  identity,
  linear,
  maxPool,
  named,
  residual
} from "../../src/model/Layers.js"
import * as Network from "../../src/model/Network.js"
import type { Weights as AllWeights, HostTensor } from "../../src/model/Tensors.js"
import * as Weights from "../../src/model/weights/Weights.js"
import { WeightsError } from "../../src/model/weights/WeightsError.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as ModelExport from "../../src/services/export/ModelExport.js"
import { context } from "../support/Context.js"
import * as Golden from "../support/Golden.js"
import { assertNoLeak } from "../support/NoLeak.js"

const network: Network.Network = {
  name: "small",
  input: { height: 4, width: 4, channels: 2 },
  classes: 3,
  body: chain(
    named("conv", conv(2, 4)),
    named("norm", batchNorm(4)),
    globalAvgPool,
    named("head", linear(4, 3, { bias: false }))
  )
}

const { params, state } = Init.init(network, 1)
const { "conv.weight": filter, ...withoutFilter } = params
const { "norm.running_var": _, ...withoutVariance } = state

/** Weights that are wrong, and what the error has to say of them. */
const wrong: ReadonlyArray<readonly [what: string, weights: AllWeights<HostTensor>, says: string]> = [
  ["a missing parameter", { params: withoutFilter, state }, "missing: conv.weight"],
  ["missing state", { params, state: withoutVariance }, "missing: norm.running_var"],
  ["an extra parameter", { params: { ...params, "stem.weight": filter! }, state }, "unexpected: stem.weight"],
  [
    "a misshapen parameter",
    { params: { ...params, "head.weight": { shape: [3, 4], data: new Float32Array(12) } }, state },
    "misshapen: head.weight ([4, 3] expected, got [3, 4])"
  ],
  ["those of another network", { params: {}, state: {} }, "missing: conv.weight, conv.bias, norm.weight"]
]

describe.each(wrong)("weights with %s are a WeightsError that says so", (_, weights, says) => {
  const assertTold = (error: unknown) => {
    assert.instanceOf(error, WeightsError)
    for (const part of ["not those of small", says, "fix:"]) assert.include(error.message, part)
  }

  it.effect("of apply", () =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      for (const mode of ["eval", "train"] as const) {
        const attempt = Result.try({
          try: () =>
            tf.tidy(() => {
              const x = tf.zeros<tf.Rank.R4>([2, 4, 4, 2])
              return Apply.apply(network)(
                Golden.upload(weights.params),
                Golden.upload(weights.state),
                x,
                context(kernels, mode)
              )[0]
            }),
          catch: (error) => error
        })
        assertTold(yield* Effect.flip(Effect.fromResult(attempt)))
      }
    }).pipe(assertNoLeak, Effect.provide(Backend.layerCpu))
  )

  it.effect.each([
    ["LayersModel", () => LayersModel.make(network, weights)],
    ["OnnxModel", () => OnnxModel.make(network, weights)],
    ["Weights.toTorch", () => Weights.toTorch(network, weights)],
    ["Weights.check", () => Weights.check(network, weights)]
  ] as ReadonlyArray<readonly [string, () => Result.Result<unknown, { readonly _tag: string }>]>)("of %s", ([, make]) =>
    Effect.map(Effect.flip(Effect.fromResult(make())), assertTold)
  )

  it.effect("of ModelExport, which writes nothing", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      for (const format of ModelExport.Format.literals) {
        const path = `${folder}/${format}`
        assertTold(yield* Effect.flip(ModelExport.write({ format, path, network, weights })))
      }
      assert.deepStrictEqual(yield* fs.readDirectory(folder), [])
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

describe("features", () => {
  it.effect("want the weights up to their part only, and none that are not the network's", () =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      const features = yield* Effect.fromResult(Apply.features(network, "conv"))
      const { "conv.bias": _, ...withoutBias } = params
      tf.tidy(() => {
        const x = tf.zeros<tf.Rank.R4>([2, 4, 4, 2])
        const given = Golden.upload({ "conv.weight": params["conv.weight"]!, "conv.bias": params["conv.bias"]! })
        assert.deepStrictEqual(features(given, {}, x, kernels).shape, [2, 4, 4, 4])
        assert.throws(() => features(Golden.upload(withoutBias), {}, x, kernels), "missing: conv.bias")
        assert.throws(() => features({ ...given, other: x }, {}, x, kernels), "unexpected: other")
      })
    }).pipe(Effect.provide(Backend.layerCpu))
  )
})

it.effect("a disposed tensor is called by its name", () =>
  Effect.gen(function* () {
    const { kernels } = yield* Backend
    tf.tidy(() => {
      const uploaded = Golden.upload(params)
      uploaded["norm.bias"]?.dispose()
      const x = tf.zeros<tf.Rank.R4>([2, 4, 4, 2])
      const apply = () => Apply.apply(network)(uploaded, Golden.upload(state), x, context(kernels, "eval"))
      assert.throws(apply, "the tensor norm.bias of small was disposed")
    })
  }).pipe(Effect.provide(Backend.layerCpu))
)

describe("a batch norm over images of one pixel", () => {
  const pixel: Network.Network = {
    ...network,
    body: chain(
      maxPool(4),
      named("block", residual({ body: chain(conv(2, 2), named("norm", batchNorm(2))), shortcut: identity })),
      globalAvgPool,
      linear(2, 3)
    )
  }
  const checked = (images: number, of: Network.Network = pixel, frozen?: (name: string) => boolean) =>
    Effect.fromResult(Network.checkBatch(of, { images, ...(frozen === undefined ? {} : { frozen }) }))

  it.effect("is refused in a batch of one image, which would give it one value a channel", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(checked(1))
      assert.strictEqual(error._tag, "ShapeError")
      assert.include(error.path, "norm")
      for (const part of ["at least 2 values", "1 image of 1x1", "fix:"]) assert.include(error.message, part)
    })
  )

  it.effect("goes in a larger batch, over more pixels, or frozen", () =>
    Effect.all([checked(2), checked(1, network), checked(1, pixel, (name) => name.includes("norm."))])
  )
})
