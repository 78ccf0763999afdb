import type { Task } from "../../data/Targets.js"

/**
 * What a network said about some samples, beside what is true, in host memory. What follows from the outputs is computed once, when it is first read.
 *
 * **Shapes** `outputs` and `targets` are `[count, width]`, rows one after the other: logits beside what they should say, 1 at the class and 0 elsewhere, or 0 or 1 for
 * each label; or values beside the true values.
 *
 * @category models
 */
export interface Samples {
  readonly task: Task
  readonly count: number
  /** The number of outputs of a sample. */
  readonly width: number
  readonly outputs: Float32Array
  readonly targets: Float32Array
  /** `[count, width]`: softmax of the logits for `classes`, else their sigmoid. */
  readonly probabilities: Float64Array
  /** `[count]`: the output that is largest, the first of equals: the predicted class. */
  readonly predicted: Int32Array
  /** `[count]`: the probability of the predicted output. */
  readonly confidence: Float64Array
  /** `[count]`: the target that is largest, the first of equals: the class. */
  readonly labels: Int32Array
  /** The samples by their probability at one output, the smallest first. */
  readonly order: (output: number) => Int32Array
}

/**
 * Samples from their outputs and targets, which are not copied.
 *
 * @category constructors
 */
export const make = ({
  outputs,
  targets,
  task,
  width
}: Pick<Samples, "task" | "width" | "outputs" | "targets">): Samples => {
  const count = width === 0 ? 0 : outputs.length / width
  const probabilities = once(() => (task === "classes" ? softmax(outputs, width) : Float64Array.from(outputs, sigmoid)))
  const predicted = once(() => argMax(outputs, count, width))
  const confidence = once(() => Float64Array.from(predicted(), (k, i) => probabilities()[i * width + k] ?? 0))
  const labels = once(() => argMax(targets, count, width))
  return {
    task,
    count,
    width,
    outputs,
    targets,
    get probabilities() {
      return probabilities()
    },
    get predicted() {
      return predicted()
    },
    get confidence() {
      return confidence()
    },
    get labels() {
      return labels()
    },
    order: perOutput((output) => {
      const column = Float64Array.from({ length: count }, (_, i) => probabilities()[i * width + output] ?? 0)
      return Int32Array.from(column.keys()).sort((a, b) => column[a]! - column[b]! || a - b)
    })
  }
}

/**
 * The samples of several batches as one.
 *
 * @category combinators
 */
export const concat = (batches: ReadonlyArray<Samples>): Samples => {
  const [first] = batches
  if (first === undefined || batches.length === 1) {
    return first ?? make({ task: "classes", width: 0, outputs: new Float32Array(), targets: new Float32Array() })
  }
  const outputs = new Float32Array(batches.reduce((sum, { outputs }) => sum + outputs.length, 0))
  const targets = new Float32Array(outputs.length)
  let at = 0
  for (const batch of batches) {
    outputs.set(batch.outputs, at)
    targets.set(batch.targets, at)
    at += batch.outputs.length
  }
  return make({ task: first.task, width: first.width, outputs, targets })
}

/**
 * The samples at `indices`, any of them any number of times. What follows from the outputs is picked from the whole set and not computed again.
 *
 * @category combinators
 */
export const take = (samples: Samples, indices: Int32Array): Samples => {
  const { task, width } = samples
  const count = indices.length
  const outputs = once(() => pick(samples.outputs, width, indices, new Float32Array(count * width)))
  const targets = once(() => pick(samples.targets, width, indices, new Float32Array(count * width)))
  const probabilities = once(() => pick(samples.probabilities, width, indices, new Float64Array(count * width)))
  const predicted = once(() => pick(samples.predicted, 1, indices, new Int32Array(count)))
  const confidence = once(() => pick(samples.confidence, 1, indices, new Float64Array(count)))
  const labels = once(() => pick(samples.labels, 1, indices, new Int32Array(count)))
  const places = once(() => placesOf(indices, samples.count))
  return {
    task,
    count,
    width,
    get outputs() {
      return outputs()
    },
    get targets() {
      return targets()
    },
    get probabilities() {
      return probabilities()
    },
    get predicted() {
      return predicted()
    },
    get confidence() {
      return confidence()
    },
    get labels() {
      return labels()
    },
    order: perOutput((output) => {
      const { ends, sorted } = places()
      const order = new Int32Array(count)
      let at = 0
      for (const i of samples.order(output)) {
        for (let place = ends[i]!; place < ends[i + 1]!; place++) order[at++] = sorted[place]!
      }
      return order
    })
  }
}

/** For each sample of the whole set, where it is among the taken ones: `sorted` from `ends[i]` to `ends[i + 1]`. */
const placesOf = (indices: Int32Array, whole: number) => {
  const ends = new Int32Array(whole + 1)
  for (const i of indices) ends[i + 1]! += 1
  for (let i = 0; i < whole; i++) ends[i + 1]! += ends[i]!
  const next = ends.slice()
  const sorted = new Int32Array(indices.length)
  indices.forEach((i, place) => {
    sorted[next[i]!++] = place
  })
  return { ends, sorted }
}

const pick = <A extends Float32Array | Float64Array | Int32Array>(
  rows: A,
  width: number,
  indices: Int32Array,
  into: A
): A => {
  for (let i = 0; i < indices.length; i++) {
    for (let k = 0; k < width; k++) into[i * width + k] = rows[indices[i]! * width + k]!
  }
  return into
}

const once = <A>(compute: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => {
    made ??= { value: compute() }
    return made.value
  }
}

const perOutput = (compute: (output: number) => Int32Array): ((output: number) => Int32Array) => {
  const made = new Map<number, Int32Array>()
  return (output) => {
    const order = made.get(output) ?? compute(output)
    made.set(output, order)
    return order
  }
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

const softmax = (logits: Float32Array, width: number): Float64Array => {
  const probabilities = new Float64Array(logits.length)
  for (let row = 0; row < logits.length; row += width) {
    let largest = Number.NEGATIVE_INFINITY
    for (let k = row; k < row + width; k++) largest = Math.max(largest, logits[k]!)
    let sum = 0
    for (let k = row; k < row + width; k++) sum += probabilities[k] = Math.exp(logits[k]! - largest)
    for (let k = row; k < row + width; k++) probabilities[k]! /= sum
  }
  return probabilities
}

const argMax = (outputs: Float32Array, count: number, width: number): Int32Array => {
  const predicted = new Int32Array(count)
  for (let i = 0; i < count; i++) {
    let best = 0
    for (let k = 1; k < width; k++) if (outputs[i * width + k]! > outputs[i * width + best]!) best = k
    predicted[i] = best
  }
  return predicted
}
