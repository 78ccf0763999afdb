import * as tf from "@tensorflow/tfjs-core"
import * as Random from "../../../internal/Random.js"
import * as Layers from "../../../model/Layers.js"
import * as Layout from "../../../model/Layout.js"
import type { Module } from "../../../model/Module.js"
import { type Case, operation } from "./Case.js"
import * as Float64 from "./Float64Layers.js"
import { map, noise, positive, type Values } from "./Values.js"

/** A layer in training or evaluation; `reference` gets the layer's parameters and state by name, and gives the output and what the state becomes. */
const layer = (
  name: string,
  module: Module,
  shape: ReadonlyArray<number>,
  options: { readonly mode?: "train" | "eval"; readonly terms?: number },
  reference: (x: Values, named: (name: string) => Values) => ReadonlyArray<Values>
): Case => {
  const [leaf] = Layout.leaves(Layout.make({ body: module }))
  const { apply, parameters } = leaf!.layer
  const { mode = "train", terms = 1 } = options
  return operation({
    name: `${name} of ${shape.join("x")}`,
    inputs: [
      noise("x", shape),
      ...parameters.map(({ name, shape }) => (name === "running_var" ? positive : noise)(name, shape))
    ],
    differentiable: 1 + parameters.filter(({ role }) => role === "param").length,
    terms,
    compute: (kernels, [x, ...tensors]) => {
      const given = Object.fromEntries(parameters.map(({ name }, i) => [name, tensors[i]!]))
      const context = mode === "eval" ? { kernels, mode } : { kernels, mode, noise: () => Random.make(0, "kernels") }
      const [y, updates] = apply(x!, given, context)
      return [y, ...Object.values(updates)]
    },
    reference: ([x, ...values]) => reference(x!, (name) => values[parameters.findIndex((one) => one.name === name)]!)
  })
}

const ones = (length: number): Float64Array => new Float64Array(length).fill(1)

/** The layers on images of so many channels. */
export const ofChannels = (c: number): ReadonlyArray<Case> => {
  const shape = [2, 4, 5, c]
  const pixels = 2 * 4 * 5
  const affine = (named: (name: string) => Values) => ({
    weight: named("weight").data,
    bias: named("bias").data,
    epsilon: 1e-5
  })
  const running = (named: (name: string) => Values) => ({
    mean: named("running_mean").data,
    variance: named("running_var").data
  })
  const window = (length: number) => [length, length] as const
  const groups = c % 3 === 0 ? 3 : c % 2 === 0 ? 2 : 1
  const vectors = [3, c]
  const squeezed = Math.max(1, c >> 2)
  return [
    layer("relu", Layers.relu, shape, {}, (x) => [map(x, Float64.relu)]),
    layer("gelu", Layers.gelu, shape, {}, (x) => [map(x, Float64.gelu)]),
    layer("silu", Layers.silu, shape, {}, (x) => [map(x, Float64.silu)]),
    layer("scale", Layers.scale(0.3), shape, {}, (x) => [map(x, (value) => Math.fround(0.3) * value)]),
    layer("batch norm in training", Layers.batchNorm(c), shape, { terms: pixels }, (x, named) =>
      Float64.batchNormTrain(x, { ...running(named), decay: 0.9 }, affine(named))
    ),
    layer(
      "batch norm without a scale in training",
      Layers.batchNorm(c, { scale: false, decay: 0.6, epsilon: 1e-12 }),
      shape,
      { terms: pixels },
      (x, named) =>
        Float64.batchNormTrain(
          x,
          { ...running(named), decay: 0.6 },
          { weight: ones(c), bias: named("bias").data, epsilon: 1e-12 }
        )
    ),
    layer("batch norm in evaluation", Layers.batchNorm(c), shape, { mode: "eval", terms: pixels }, (x, named) => [
      Float64.batchNormEval(x, running(named), affine(named))
    ]),
    layer("group norm", Layers.groupNorm(c, { groups }), shape, { terms: pixels * c }, (x, named) => [
      Float64.groupNorm(x, groups, affine(named))
    ]),
    ...(c > 4
      ? [shape, [9, c]].map((shape) =>
          layer("layer norm", Layers.layerNorm(c), shape, { terms: pixels * c }, (x, named) => [
            Float64.layerNorm(x, affine(named))
          ])
        )
      : []),
    ...[
      { size: 2, stride: 2, padding: 0 },
      { size: 3, stride: 2, padding: 1 },
      { size: 3, stride: 1, padding: 0 }
    ].map((options) =>
      layer(
        `max pool ${options.size}, stride ${options.stride}, padding ${options.padding}`,
        Layers.maxPool(options.size, options),
        shape,
        { terms: 9 },
        (x) => [Float64.pool(x, { ...options, size: window(options.size) }, Float64.largest)]
      )
    ),
    ...[
      { size: 1, stride: 2 },
      { size: 1, stride: 3 },
      { size: 2, stride: 2 },
      { size: 3, stride: 1 }
    ].map(({ size, stride }) =>
      layer(`average pool ${size}, stride ${stride}`, Layers.avgPool(size, { stride }), shape, { terms: 9 }, (x) => [
        Float64.pool(x, { size: window(size), stride, padding: 0 }, Float64.mean)
      ])
    ),
    layer("global average pool", Layers.globalAvgPool, shape, { terms: 20 }, (x) => [
      { ...Float64.pool(x, { size: [4, 5], stride: 1, padding: 0 }, Float64.mean), shape: [2, c] }
    ]),
    layer("global max pool", Layers.globalMaxPool, shape, {}, (x) => [
      { ...Float64.pool(x, { size: [4, 5], stride: 1, padding: 0 }, Float64.largest), shape: [2, c] }
    ]),
    layer("flatten", Layers.flatten, shape, {}, (x) => [Float64.flatten(x)]),
    ...(["after", "around"] as const).map((zeros) =>
      layer(
        `identity padding, zeros ${zeros}`,
        Layers.identityPadding(c, c + 5, { stride: 2, zeros }),
        shape,
        {},
        (x) => [
          Float64.padChannels(
            Float64.pool(x, { size: [1, 1], stride: 2, padding: 0 }, Float64.mean),
            zeros === "after" ? 0 : 2,
            c + 5
          )
        ]
      )
    ),
    layer("squeeze and excitation", Layers.squeezeExcitation(c, { squeezed }), shape, { terms: 20 * c }, (x, named) => {
      const matrix = (name: string, shape: ReadonlyArray<number>) => ({ ...named(name), shape })
      const means = Float64.pool(x, { size: [4, 5], stride: 1, padding: 0 }, Float64.mean)
      const hidden = Float64.linear({ ...means, shape: [2, c] }, matrix("fc1.weight", [c, squeezed]), named("fc1.bias"))
      const out = Float64.linear(map(hidden, Float64.relu), matrix("fc2.weight", [squeezed, c]), named("fc2.bias"))
      const weights = map(out, Float64.sigmoid)
      return [map(x, (value, i) => value * weights.data[Math.floor(i / (20 * c)) * c + (i % c)]!)]
    }),
    layer("stochastic depth", Layers.stochasticDepth(0.5), shape, {}, (x) => {
      const { uniform } = Random.make(0, "kernels")
      const factors = [uniform(), uniform()].map((drawn) => (drawn < 0.5 ? 0 : 2))
      return [map(x, (value, i) => value * factors[Math.floor(i / (20 * c))]!)]
    }),
    layer("linear layer", Layers.linear(c, 5), vectors, { terms: c + 8 }, (x, named) => [
      Float64.linear(x, named("weight"), named("bias"))
    ]),
    operation({
      name: `residual sum of ${shape.join("x")}`,
      inputs: [noise("x", shape), noise("y", shape), noise("bias", [c])],
      differentiable: 3,
      terms: pixels,
      compute: ({ relu }, [x, y, bias]) => [relu(tf.addN([x!, tf.add(y!, bias!)]))],
      reference: ([x, y, bias]) => [map(x!, (value, i) => Float64.relu(value + y!.data[i]! + bias!.data[i % c]!))]
    })
  ]
}
