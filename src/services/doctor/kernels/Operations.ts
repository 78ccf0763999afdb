import * as tf from "@tensorflow/tfjs-core"
import * as Random from "../../../internal/Random.js"
import * as Layers from "../../../model/Layers.js"
import * as Layout from "../../../model/Layout.js"
import type { Module } from "../../../model/Module.js"
import { size } from "../../../model/Shape.js"
import * as Loss from "../../../train/Loss.js"
import { type Case, operation, roundings, tensor } from "./Case.js"
import { convolution } from "./Convolution.js"
import * as Functions from "./Functions.js"
import { generate, map, noise, positive, type Values } from "./Values.js"

/** A layer in training or evaluation; `reference` gets the layer's parameters and state by name, and gives the output and what the state becomes. */
const layer = (
  name: string,
  module: Module,
  shape: ReadonlyArray<number>,
  options: { readonly mode?: "train" | "eval"; readonly terms?: number },
  reference: (x: Values, named: (name: string) => Values) => ReadonlyArray<Values>
): Case => {
  const [leaf] = Layout.leaves(Layout.make(module))
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
const layersOf = (c: number): ReadonlyArray<Case> => {
  const shape = [2, 4, 5, c]
  const pixels = 2 * 4 * 5
  const affine = (named: (name: string) => Values, epsilon = 1e-5) => ({
    weight: named("weight").data,
    bias: named("bias").data,
    epsilon
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
    layer("relu", Layers.relu, shape, {}, (x) => [map(x, Functions.relu)]),
    layer("gelu", Layers.gelu, shape, {}, (x) => [map(x, Functions.gelu)]),
    layer("silu", Layers.silu, shape, {}, (x) => [map(x, Functions.silu)]),
    layer("scale", Layers.scale(0.3), shape, {}, (x) => [map(x, (value) => Math.fround(0.3) * value)]),
    layer("batch norm in training", Layers.batchNorm(c), shape, { terms: pixels }, (x, named) =>
      Functions.batchNormTrain(x, { ...running(named), decay: 0.9 }, affine(named))
    ),
    layer(
      "batch norm without a scale in training",
      Layers.batchNorm(c, { scale: false, decay: 0.6, epsilon: 1e-12 }),
      shape,
      { terms: pixels },
      (x, named) =>
        Functions.batchNormTrain(
          x,
          { ...running(named), decay: 0.6 },
          { weight: ones(c), bias: named("bias").data, epsilon: 1e-12 }
        )
    ),
    layer("batch norm in evaluation", Layers.batchNorm(c), shape, { mode: "eval", terms: pixels }, (x, named) => [
      Functions.batchNormEval(x, running(named), affine(named))
    ]),
    layer("group norm", Layers.groupNorm(c, { groups }), shape, { terms: pixels * c }, (x, named) => [
      Functions.groupNorm(x, groups, affine(named))
    ]),
    ...(c > 2
      ? [shape, [9, c]].map((shape) =>
          layer("layer norm", Layers.layerNorm(c), shape, { terms: pixels * c }, (x, named) => [
            Functions.layerNorm(x, affine(named))
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
        (x) => [Functions.pool(x, { ...options, size: window(options.size) }, Functions.largest)]
      )
    ),
    ...[
      { size: 1, stride: 2 },
      { size: 1, stride: 3 },
      { size: 2, stride: 2 },
      { size: 3, stride: 1 }
    ].map(({ size, stride }) =>
      layer(`average pool ${size}, stride ${stride}`, Layers.avgPool(size, { stride }), shape, { terms: 9 }, (x) => [
        Functions.pool(x, { size: window(size), stride, padding: 0 }, Functions.mean)
      ])
    ),
    layer("global average pool", Layers.globalAvgPool, shape, { terms: 20 }, (x) => [
      { ...Functions.pool(x, { size: [4, 5], stride: 1, padding: 0 }, Functions.mean), shape: [2, c] }
    ]),
    layer("global max pool", Layers.globalMaxPool, shape, {}, (x) => [
      { ...Functions.pool(x, { size: [4, 5], stride: 1, padding: 0 }, Functions.largest), shape: [2, c] }
    ]),
    layer("flatten", Layers.flatten, shape, {}, (x) => [Functions.flatten(x)]),
    ...(["after", "around"] as const).map((zeros) =>
      layer(
        `identity padding, zeros ${zeros}`,
        Layers.identityPadding(c, c + 5, { stride: 2, zeros }),
        shape,
        {},
        (x) => [
          Functions.padChannels(
            Functions.pool(x, { size: [1, 1], stride: 2, padding: 0 }, Functions.mean),
            zeros === "after" ? 0 : 2,
            c + 5
          )
        ]
      )
    ),
    layer("squeeze and excitation", Layers.squeezeExcitation(c, { squeezed }), shape, { terms: 20 * c }, (x, named) => {
      const matrix = (name: string, shape: ReadonlyArray<number>) => ({ ...named(name), shape })
      const means = Functions.pool(x, { size: [4, 5], stride: 1, padding: 0 }, Functions.mean)
      const hidden = Functions.linear(
        { ...means, shape: [2, c] },
        matrix("fc1.weight", [c, squeezed]),
        named("fc1.bias")
      )
      const out = Functions.linear(map(hidden, Functions.relu), matrix("fc2.weight", [squeezed, c]), named("fc2.bias"))
      const weights = map(out, Functions.sigmoid)
      return [map(x, (value, i) => value * weights.data[Math.floor(i / (20 * c)) * c + (i % c)]!)]
    }),
    layer("stochastic depth", Layers.stochasticDepth(0.5), shape, {}, (x) => {
      const { uniform } = Random.make(0, "kernels")
      const factors = [uniform(), uniform()].map((drawn) => (drawn < 0.5 ? 0 : 2))
      return [map(x, (value, i) => value * factors[Math.floor(i / (20 * c))]!)]
    }),
    layer("linear layer", Layers.linear(c, 5), vectors, { terms: c + 8 }, (x, named) => [
      Functions.linear(x, named("weight"), named("bias"))
    ]),
    operation({
      name: `residual sum of ${shape.join("x")}`,
      inputs: [noise("x", shape), noise("y", shape), noise("bias", [c])],
      differentiable: 3,
      terms: pixels,
      compute: ({ relu }, [x, y, bias]) => [relu(tf.addN([x!, tf.add(y!, bias!)]))],
      reference: ([x, y, bias]) => [map(x!, (value, i) => Functions.relu(value + y!.data[i]! + bias!.data[i % c]!))]
    })
  ]
}

/** A matrix product and both its gradients, by the way of a 1x1 convolution of images of one pixel. */
const linear = (n: number, inputs: number, outputs: number): Case => {
  const [x, weight, dy] = [noise("x", [n, inputs]), noise("weight", [inputs, outputs]), noise("dy", [n, outputs])]
  return {
    name: `matrix product of ${n}x${inputs} and ${inputs}x${outputs}`,
    inputs: [x, weight],
    compute: (_, [x, weight]) => {
      const apply = (x: tf.Tensor, weight: tf.Tensor) => tf.matMul(x, weight)
      return [apply(x!, weight!), ...tf.grads(apply)([x!, weight!], tensor(dy))]
    },
    expected: () => {
      const reshaped = (values: Values, ...shape: ReadonlyArray<number>) => ({ ...values, shape })
      const { dFilter, dx, y } = convolution(
        reshaped(x, n, 1, 1, inputs),
        reshaped(weight, 1, 1, inputs, outputs),
        reshaped(dy, n, 1, 1, outputs),
        { stride: 1, padding: 0, dilation: 1 }
      )
      return [
        { what: "output", values: y, roundings: roundings(inputs) },
        { what: "gradient by the left", values: dx, roundings: roundings(outputs) },
        { what: "gradient by the right", values: dFilter, roundings: roundings(n) }
      ]
    }
  }
}

const classes = (n: number, count: number): ReadonlyArray<Case> => {
  const { below } = Random.make(0, "kernels", "labels", n, count)
  const labels = Array.from({ length: n }, () => below(count))
  const logits = noise("logits", [n, count])
  const predicted = labels.map((_, i) => {
    const row = logits.data.slice(i * count, (i + 1) * count)
    return row.indexOf(Math.max(...row))
  })
  return [
    ...[0, 0.1].map((labelSmoothing) =>
      operation({
        name: `cross entropy of ${n}x${count}, label smoothing ${labelSmoothing}`,
        inputs: [logits],
        differentiable: 1,
        terms: n * count,
        compute: (_, [logits]) => [
          Loss.crossEntropy({ labelSmoothing }).mean(logits as tf.Tensor2D, tf.tensor1d(labels, "int32"))
        ],
        reference: ([logits]) => {
          const log = Functions.logSoftmax(logits!)
          const target = (i: number) =>
            (i % count === labels[Math.floor(i / count)] ? 1 - labelSmoothing : 0) + labelSmoothing / count
          return [{ shape: [], data: Float64Array.of(log.data.reduce((sum, x, i) => sum - x * target(i), 0) / n) }]
        }
      })
    ),
    operation({
      name: `predictions of ${n}x${count}`,
      inputs: [logits],
      differentiable: 0,
      terms: count,
      compute: (_, [logits]) => {
        const found = tf.argMax<tf.Tensor1D>(logits!, 1)
        const hits = tf.sum(tf.cast(tf.equal(found, tf.tensor1d(labels, "int32")), "int32"))
        return [tf.max(tf.softmax(logits as tf.Tensor2D), 1), found, hits]
      },
      reference: ([logits]) => {
        const log = Functions.logSoftmax(logits!)
        return [
          generate([n], (i) => Math.exp(log.data[i * count + predicted[i]!]!)),
          generate([n], (i) => predicted[i]!),
          generate([], () => labels.filter((label, i) => label === predicted[i]).length)
        ]
      }
    })
  ]
}

/** What an optimizer does: tensors joined, added in proportion, parted, and the average of the weights. */
const optimizer = (lengths: ReadonlyArray<number>): Case =>
  operation({
    name: `optimizer on ${lengths.join(" and ")} rows of 5`,
    inputs: lengths.flatMap((length) => [noise("value", [length, 5]), noise("gradient", [length, 5])]),
    differentiable: 0,
    terms: 4,
    compute: (_, tensors) => {
      const [values, gradients] = [tensors.filter((_, i) => i % 2 === 0), tensors.filter((_, i) => i % 2 === 1)]
      const [value, gradient] = [tf.concat(values), tf.concat(gradients)]
      const buffer = tf.add(tf.mul(value, tf.scalar(0.9)), gradient)
      return [
        ...tf.split(tf.sub(value, tf.mul(buffer, tf.scalar(0.1))), [...lengths]),
        tf.div(buffer, tf.add(tf.sqrt(tf.square(gradient)), tf.scalar(1)))
      ]
    },
    reference: (inputs) => {
      const advanced = lengths.map((_, i) => {
        const [value, gradient] = [inputs[2 * i]!, inputs[2 * i + 1]!]
        const buffer = map(value, (x, j) => 0.9 * x + gradient.data[j]!)
        return {
          next: map(value, (x, j) => x - 0.1 * buffer.data[j]!),
          scaled: map(buffer, (x, j) => x / (Math.abs(gradient.data[j]!) + 1))
        }
      })
      return [...advanced.map(({ next }) => next), joined(advanced.map(({ scaled }) => scaled))]
    }
  })

const joined = (parts: ReadonlyArray<Values>): Values => ({
  shape: [parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0), 5],
  data: Float64Array.from(parts.flatMap(({ data }) => [...data]))
})

/** Sums, means and products of longer tensors, which threads share. */
const reductions = (shape: readonly [rows: number, columns: number]): Case => {
  const [rows, columns] = shape
  return operation({
    name: `reductions of ${shape.join("x")}`,
    inputs: [noise("x", shape)],
    differentiable: 0,
    terms: rows * columns,
    compute: (_, [x]) => [tf.sum(x!, 0), tf.mean(x!, 1), tf.max(x!, 0), tf.sum(tf.square(x!))],
    reference: ([x]) => {
      const column = (j: number) => Array.from({ length: rows }, (_, i) => x!.data[i * columns + j]!)
      return [
        generate([columns], (j) => rows * Functions.mean(column(j))),
        generate([rows], (i) => Functions.mean([...x!.data.subarray(i * columns, (i + 1) * columns)])),
        generate([columns], (j) => Functions.largest(column(j))),
        generate([], () => x!.data.reduce((sum, value) => sum + value * value, 0))
      ]
    }
  })
}

/** Uniform numbers lie in 0 .. 1 without 1, are the same again, and have the first two moments of the distribution, to four standard errors. */
const uniform = (shape: ReadonlyArray<number>): Case => {
  const errors = 4 / Math.sqrt(size(shape))
  return {
    name: `uniform numbers, ${shape.join("x")}`,
    inputs: [],
    compute: ({ uniform }) => {
      const [x, again] = [uniform(shape, Random.make(0, "uniform")), uniform(shape, Random.make(0, "uniform"))]
      const outside = tf.logicalOr(tf.less(x, 0), tf.greaterEqual(x, 1))
      return [tf.sum(tf.cast(outside, "int32")), tf.sub(x, again), tf.mean(x), tf.mean(tf.square(x))]
    },
    expected: () => [
      { what: "numbers outside 0 .. 1", values: Float64Array.of(0), roundings: 0 },
      { what: "differences when drawn again", values: new Float64Array(size(shape)), roundings: 0 },
      { what: "mean", values: Float64Array.of(1 / 2), roundings: (errors / Math.sqrt(12) / (1 / 2)) * 2 ** 24 },
      { what: "mean square", values: Float64Array.of(1 / 3), roundings: errors * Math.sqrt(4 / 45) * 3 * 2 ** 24 }
    ]
  }
}

/** Every other kernel of training and evaluation. */
export const all = (): ReadonlyArray<Case> => [
  ...[1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 65].flatMap(layersOf),
  ...[1, 2, 7, 16, 33].flatMap((n) =>
    [1, 3, 8, 17, 64, 129].flatMap((inputs) => [1, 10, 16, 33].map((outputs) => linear(n, inputs, outputs)))
  ),
  linear(256, 512, 100),
  ...[1, 5, 32].flatMap((n) => [2, 10, 17, 100].flatMap((count) => classes(n, count))),
  optimizer([1, 3, 16]),
  optimizer([7, 33]),
  optimizer([5000, 3]),
  reductions([33, 17]),
  reductions([7, 10_007]),
  reductions([10_007, 9]),
  uniform([16, 9, 9, 7]),
  uniform([100_003])
]

/** A few of each sort. */
export const short = (): ReadonlyArray<Case> => [
  ...[3, 16].flatMap(layersOf),
  linear(7, 33, 10),
  linear(16, 64, 16),
  ...classes(5, 10),
  optimizer([7, 33]),
  reductions([33, 17]),
  uniform([16, 9, 9, 7])
]
