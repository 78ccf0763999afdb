import * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../../../../model/Kernels.js"
import { finish } from "../../../../model/ReferenceKernels.js"
import type { Addon, Attribute } from "../Addon.js"
import { float32, register, run } from "./Register.js"

const name = "EffectTensorFlowBatchNorm"

const attributes = (epsilon: number): Array<Attribute> => [
  float32,
  ["U", "float32"],
  ["epsilon", "float", epsilon],
  ["data_format", "string", "NHWC"],
  ["is_training", "bool", true]
]

/** Batch norm in training, by TensorFlow's `FusedBatchNormV3`. */
export const train = (addon: Addon, activations: Pick<Kernels, "relu" | "gelu">): Kernels["batchNormTrain"] => {
  register({
    name,
    forward: ({ mean, offset, scale, variance, x }, { decay, epsilon }) =>
      addon.execute(
        "FusedBatchNormV3",
        [...attributes(epsilon!), ["exponential_avg_factor", "float", 1 - decay!]],
        [x, scale, offset, mean, variance],
        6
      ),
    inputsToSave: ["x", "scale"],
    outputsToSave: [false, false, false, true, true, true],
    gradient: (dy, [x, scale, ...reserved], { epsilon }) => {
      const outputs = addon.execute("FusedBatchNormGradV3", attributes(epsilon!), [dy, x, scale, ...reserved], 5)
      tf.dispose(outputs.slice(3))
      const [dx, dScale, dOffset] = outputs
      return { x: () => dx!, scale: () => dScale!, offset: () => dOffset! }
    }
  })
  return (x, scale, offset, mean, variance, { decay, epsilon, ...epilogue }) => {
    const [y, newMean, newVariance, ...reserved] = run<[tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, ...Array<tf.Tensor>]>(
      name,
      { x, scale, offset, mean, variance },
      { decay, epsilon }
    )
    // The tape holds its own handles on what the gradient needs.
    tf.dispose(reserved)
    return { y: finish(activations, y, epilogue), mean: newMean, variance: newVariance }
  }
}

/** Batch norm in evaluation, by TensorFlow. */
export const evaluate =
  (activations: Pick<Kernels, "relu" | "gelu">): Kernels["batchNormEval"] =>
  (x, scale, offset, mean, variance, { epsilon, ...epilogue }) =>
    finish(activations, tf.batchNorm4d(x, mean, variance, offset, scale, epsilon), epilogue)
