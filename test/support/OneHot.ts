import * as tf from "@tensorflow/tfjs-core"
import { Result } from "effect"
import * as Targets from "../../src/data/Targets.js"

/** Classes as the targets of a step, `[n, outputs]`. */
export const oneHot = (labels: ReadonlyArray<number>, outputs: number): tf.Tensor2D => {
  const set = { task: "classes", count: labels.length, labels: Int32Array.from(labels) } as const
  return tf.tensor2d(Result.getOrThrow(Targets.rowsOf(set, outputs)), [labels.length, outputs])
}
