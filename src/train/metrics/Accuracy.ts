import { type Metric, perSample } from "../Metric.js"

/**
 * The fraction of samples whose largest output is at their class: of equal outputs the first counts.
 *
 * @category metrics of classes
 */
export const accuracy: Metric = perSample({
  name: "accuracy",
  tasks: ["classes"],
  goal: "max",
  proportion: true,
  of: ({ labels, predicted }, i) => (predicted[i] === labels[i] ? 1 : 0)
})

/**
 * The fraction of samples whose class is among the `k` largest outputs. Of equal outputs those of lower classes count as larger, so `topK(1)` is `accuracy`.
 *
 * @category metrics of classes
 */
export const topK = (k: number): Metric =>
  perSample({
    name: `top-${k}`,
    options: { k },
    tasks: ["classes"],
    goal: "max",
    proportion: true,
    of: ({ labels, outputs, width }, i) => {
      const label = labels[i]!
      const own = outputs[i * width + label]!
      let larger = 0
      for (let c = 0; c < width; c++) {
        const output = outputs[i * width + c]!
        if (output > own || (output === own && c < label)) larger++
      }
      return larger < k ? 1 : 0
    }
  })

/**
 * The fraction of samples all of whose labels are right: an output above 0, a probability above a half, says that the label applies.
 *
 * @category metrics of several labels
 */
export const subsetAccuracy: Metric = perSample({
  name: "subset-accuracy",
  tasks: ["multiple"],
  goal: "max",
  proportion: true,
  of: ({ outputs, targets, width }, i) => (countRight(outputs, targets, width, i) === width ? 1 : 0)
})

/**
 * The fraction of all labels of all samples that are right: one less the Hamming loss.
 *
 * @category metrics of several labels
 */
export const labelAccuracy: Metric = perSample({
  name: "label-accuracy",
  tasks: ["multiple"],
  goal: "max",
  unit: "fraction",
  of: ({ outputs, targets, width }, i) => countRight(outputs, targets, width, i) / width
})

const countRight = (outputs: Float32Array, targets: Float32Array, width: number, i: number): number => {
  let right = 0
  for (let k = i * width; k < (i + 1) * width; k++) if (outputs[k]! > 0 === targets[k]! > 0.5) right++
  return right
}
