import * as tf from "@tensorflow/tfjs-core"
import * as Random from "../../../internal/Random.js"
import { size } from "../../../model/Shape.js"
import * as Loss from "../../../train/Loss.js"
import { type Case, operation, sums, tensor } from "./Case.js"
import * as EpilogueCases from "./EpilogueCases.js"
import { convolution } from "./Float64Convolution.js"
import * as Float64 from "./Float64Layers.js"
import * as LayerCases from "./LayerCases.js"
import { generate, map, noise, type Values } from "./Values.js"

/** A matrix product and both its gradients: that of a 1x1 convolution over images of one pixel. */
const product = (n: number, inputs: number, outputs: number): Case => {
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
        sums("output", y, inputs),
        sums("gradient by the left", dx, outputs),
        sums("gradient by the right", dFilter, n)
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
        compute: (kernels, [logits]) => [
          Loss.crossEntropy({ labelSmoothing }).mean(
            logits as tf.Tensor2D,
            tf.cast(tf.oneHot(labels, count), "float32").as2D(n, count),
            kernels
          )
        ],
        reference: ([logits]) => {
          const log = Float64.logSoftmax(logits!)
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
        const log = Float64.logSoftmax(logits!)
        return [
          generate([n], (i) => Math.exp(log.data[i * count + predicted[i]!]!)),
          generate([n], (i) => predicted[i]!),
          generate([], () => labels.filter((label, i) => label === predicted[i]).length)
        ]
      }
    })
  ]
}

/** What optimizers do: tensors are joined, scaled, added, divided and split again. */
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
        generate([columns], (j) => rows * Float64.mean(column(j))),
        generate([rows], (i) => Float64.mean([...x!.data.subarray(i * columns, (i + 1) * columns)])),
        generate([columns], (j) => Float64.largest(column(j))),
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

/** Every kernel of training and evaluation but convolutions. */
export const all = (): ReadonlyArray<Case> => [
  ...[2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 65].flatMap(LayerCases.ofChannels),
  ...[1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 65].flatMap(EpilogueCases.ofChannels),
  ...[1, 2, 7, 16, 33].flatMap((n) =>
    [1, 3, 8, 17, 64, 129].flatMap((inputs) => [1, 10, 16, 33].map((outputs) => product(n, inputs, outputs)))
  ),
  product(256, 512, 100),
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
  ...[3, 16].flatMap(LayerCases.ofChannels),
  ...[3, 17].flatMap(EpilogueCases.ofChannels),
  product(7, 33, 10),
  product(16, 64, 16),
  ...classes(5, 10),
  optimizer([7, 33]),
  reductions([33, 17]),
  uniform([16, 9, 9, 7])
]
