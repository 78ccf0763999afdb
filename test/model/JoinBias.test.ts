import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Seminar from "../../src/model/families/Seminar.js"
import { batchNorm, chain, conv, identity, linear, named, relu, residual } from "../../src/model/Layers.js"
import * as Layout from "../../src/model/Layout.js"
import type { Module } from "../../src/model/Module.js"
import { joinBias } from "../../src/model/passes/JoinBias.js"

const leavesOf = (body: Module) =>
  Object.fromEntries(Layout.leaves(joinBias(Layout.make({ body }))).map((leaf) => [leaf.path, leaf]))

describe("the pass that joins biases", () => {
  it("gives the bias of a convolution to the batch norm right after it, also within a residual", () => {
    const body = chain(named("conv", conv(2, 2)), named("norm", batchNorm(2, { decay: 0.75 })), relu)
    const { "block.conv": convolution, "block.norm": norm } = leavesOf(
      named("block", residual({ body, shortcut: identity }))
    )
    assert.deepStrictEqual(convolution?.names, { weight: "block.conv.weight" })
    assert.strictEqual(norm?.names.preceding_bias, "block.conv.bias")
    assert.deepStrictEqual(norm?.addition, { state: "block.norm.running_mean", of: "block.conv.bias", share: 0.25 })
  })

  it.each([
    ["something stands between them", chain(conv(2, 2), relu, batchNorm(2))],
    ["the convolution has no bias", chain(conv(2, 2, { bias: false }), batchNorm(2))],
    ["another layer follows", chain(conv(2, 2), conv(2, 2))],
    ["the bias is a linear layer's", chain(linear(2, 2), batchNorm(2))],
    ["the norm begins another chain", chain(conv(2, 2), chain(batchNorm(2), relu))]
  ])("changes nothing where %s", (_, body) => {
    const unchanged = Object.fromEntries(Layout.leaves(Layout.make({ body })).map((leaf) => [leaf.path, leaf.names]))
    assert.deepStrictEqual(
      Object.fromEntries(Object.values(leavesOf(body)).map((leaf) => [leaf.path, leaf.names])),
      unchanged
    )
  })

  it("changes neither shapes nor parameters", () => {
    const network = Seminar.resnet(0)
    const [before, after] = [Layout.make(network), joinBias(Layout.make(network))]
    assert.deepStrictEqual(Layout.paths(after), Layout.paths(before))
    assert.deepStrictEqual(Result.getOrThrow(Layout.outputShape(after, [32, 32, 3])), [10])
  })
})
