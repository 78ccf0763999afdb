import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result } from "effect"
import * as Random from "../../src/internal/Random.js"
import * as Apply from "../../src/model/Apply.js"
import * as Init from "../../src/model/Init.js"
import {
  batchNorm,
  chain,
  conv,
  gelu,
  globalAvgPool,
  groupNorm,
  identity,
  linear,
  maxPool,
  named,
  projection,
  relu,
  residual,
  silu,
  stochasticDepth
} from "../../src/model/Layers.js"
import * as Layout from "../../src/model/Layout.js"
import type { Module } from "../../src/model/Module.js"
import type { Network } from "../../src/model/Network.js"
import { fuseEpilogue } from "../../src/model/passes/FuseEpilogue.js"
import { joinBias } from "../../src/model/passes/JoinBias.js"
import { reference } from "../../src/model/ReferenceKernels.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Golden from "../support/Golden.js"

/** What is computed, in short: a layer is its kind and its activation, a residual its body and shortcut, and the layer that adds the two up. */
const show = (layout: Layout.Layout): string => {
  switch (layout._tag) {
    case "Leaf":
      return [layout.kind, ...(layout.activation === undefined ? [] : [layout.activation])].join("+")
    case "Chain":
      return layout.parts.map(show).join(" ")
    case "Residual":
      return `(${show(layout.body)} | ${show(layout.shortcut)})${layout.last === undefined ? "" : ` ${show(layout.last)}`}`
  }
}

const fused = (body: Module) => show(fuseEpilogue(Layout.make({ body })))

describe("the pass that fuses batch norm, sum and activation", () => {
  const norm = batchNorm(2)
  const convolution = conv(2, 2)
  it.each([
    [
      "an activation after a batch norm",
      chain(convolution, norm, relu, norm, gelu),
      "Conv BatchNorm+relu BatchNorm+gelu"
    ],
    ["one in the next chain", chain(chain(convolution, norm), chain(relu, convolution)), "Conv BatchNorm+relu Conv"],
    [
      "the sum after a body that ends in a batch norm",
      chain(residual({ body: chain(convolution, norm), shortcut: identity }), convolution),
      "(Conv | Identity) BatchNorm Conv"
    ],
    [
      "that sum and the activation after it",
      chain(
        residual({
          body: chain(convolution, norm, relu, named("", chain(convolution, norm))),
          shortcut: projection(2, 2)
        }),
        relu
      ),
      "(Conv BatchNorm+relu Conv | Conv BatchNorm) BatchNorm+relu"
    ],
    ["a body that is one batch norm", residual({ body: norm, shortcut: identity }), "( | Identity) BatchNorm"],
    [
      "what is within bodies and shortcuts",
      residual({ body: chain(norm, relu, convolution), shortcut: chain(norm, gelu) }),
      "(BatchNorm+relu | BatchNorm+gelu) Conv"
    ]
  ])("fuses %s", (_, body, expected) => {
    assert.strictEqual(fused(body), expected)
  })

  it.each([
    ["something stands between them", chain(norm, maxPool(2), relu)],
    ["a second activation follows", chain(relu, relu)],
    ["the activation is another", chain(norm, silu)],
    ["the norm is another", chain(groupNorm(2, { groups: 1 }), relu)],
    [
      "the body ends in something else",
      chain(residual({ body: chain(norm, stochasticDepth(0.5)), shortcut: identity }), relu)
    ]
  ])("changes nothing where %s", (_, body) => {
    assert.strictEqual(fused(body), show(Layout.make({ body })))
  })

  it("takes an activation only once, and none before the sum", () => {
    assert.strictEqual(fused(chain(norm, relu, gelu)), "BatchNorm+relu Gelu")
    assert.strictEqual(
      fused(chain(residual({ body: chain(norm, relu), shortcut: identity }), relu)),
      "(BatchNorm+relu | Identity) Relu"
    )
  })

  const block = named(
    "block",
    chain(
      named("", residual({ body: chain(named("conv", conv(3, 3)), named("norm", batchNorm(3))), shortcut: identity })),
      named("relu", relu)
    )
  )
  const network: Network = {
    name: "fused",
    input: { height: 4, width: 4, channels: 3 },
    classes: 2,
    body: chain(block, globalAvgPool, named("head", linear(3, 2)))
  }

  it("keeps shapes, the parameters and their names, and the bias that a norm has taken", () => {
    const [before, after] = [joinBias(Layout.make(network)), fuseEpilogue(joinBias(Layout.make(network)))]
    const tensors = (layout: Layout.Layout) =>
      Layout.leaves(layout)
        .filter(({ layer }) => layer.parameters.length > 0)
        .map(({ addition, names, path }) => ({ path, names, addition }))
    assert.deepStrictEqual(tensors(after), tensors(before))
    assert.isDefined(tensors(after)[1]?.addition)
    assert.deepStrictEqual(Result.getOrThrow(Layout.outputShape(after, [4, 4, 3])), [2])
  })

  /** What the batch norm of `network` is asked to do. */
  const calls = (compute: (recording: typeof reference) => unknown) => {
    const seen: Array<string> = []
    const show = (mode: string, { activation, residual }: { activation?: unknown; residual?: unknown }) =>
      seen.push(
        [mode, ...(residual === undefined ? [] : ["sum"]), ...(activation === undefined ? [] : [activation])].join(" ")
      )
    tf.tidy(() => {
      compute({
        ...reference,
        batchNormTrain: (...args) => {
          show("train", args[5])
          return reference.batchNormTrain(...args)
        },
        batchNormEval: (...args) => {
          show("eval", args[5])
          return reference.batchNormEval(...args)
        }
      })
    })
    return seen
  }

  it.effect("a frozen batch norm does the same with its running statistics", () =>
    Effect.sync(() => {
      const { params, state } = Init.init(network, 0)
      const compute = (frozen: (name: string) => boolean) =>
        calls((kernels) =>
          Apply.apply(network)(Golden.upload(params), Golden.upload(state), tf.ones([2, 4, 4, 3]), {
            kernels,
            mode: "train",
            noise: () => Random.make(0, "noise"),
            frozen
          })
        )
      assert.deepStrictEqual(
        compute(() => false),
        ["train sum relu"]
      )
      assert.deepStrictEqual(
        compute((name) => name.startsWith("block.norm.")),
        ["eval sum relu"]
      )
    }).pipe(Effect.provide(Backend.layerCpu))
  )

  it.effect("features within what was fused are those of the part that is asked for", () =>
    Effect.sync(() => {
      const { params, state } = Init.init(network, 0)
      const compute = (path: string) =>
        calls((kernels) =>
          Result.getOrThrow(Apply.features(network, path))(
            Golden.upload(params),
            Golden.upload(state),
            tf.ones([2, 4, 4, 3]),
            kernels
          )
        )
      assert.deepStrictEqual(compute("block.conv"), [])
      assert.deepStrictEqual(compute("block.norm"), ["eval"])
      assert.deepStrictEqual(compute("block"), ["eval sum relu"])
    }).pipe(Effect.provide(Backend.layerCpu))
  )
})
