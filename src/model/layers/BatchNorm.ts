import * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import * as Initializer from "../Initializer.js"
import { kind, unchanged } from "../Layer.js"
import type { Module } from "../Module.js"
import { rank1, rank4 } from "../Rank.js"
import { Count, imageOf } from "../Shape.js"

export const BatchNorm = Schema.TaggedStruct("BatchNorm", {
  channels: Count,
  decay: Schema.Number,
  epsilon: Schema.Number
})
export type BatchNorm = typeof BatchNorm.Type

/**
 * Batch norm over images: `weight * (x - mean) / sqrt(variance + epsilon) + bias`, channel by channel.
 *
 * **Shapes** `x [n, h, w, channels]` -> the same.
 * **State** train: statistics of the batch; `running_mean` and `running_var` become `decay * old + (1 - decay) * batch`, the variance
 * unbiased, as in PyTorch (whose momentum is `1 - decay`). eval: the running statistics, unchanged.
 * **Source** Ioffe and Szegedy 2015, arXiv:1502.03167.
 */
export const batchNorm = <const C extends number>(
  channels: C,
  options: { readonly decay?: number; readonly epsilon?: number } = {}
): Module<C, C> => {
  const spec: BatchNorm = {
    _tag: "BatchNorm",
    channels,
    decay: options.decay ?? 0.9,
    epsilon: options.epsilon ?? 1e-5
  }
  return spec
}

export const kindOfBatchNorm = kind("BatchNorm", BatchNorm, (spec) => {
  const shape = [spec.channels]
  return {
    parameters: [
      { name: "weight", shape, role: "param", init: Initializer.constant(1) },
      { name: "bias", shape, role: "param", init: Initializer.constant(0) },
      { name: "running_mean", shape, role: "state", init: Initializer.constant(0) },
      { name: "running_var", shape, role: "state", init: Initializer.constant(1) }
    ],
    outputShape: (input) => imageOf(input, spec.channels).pipe(Result.map(() => input)),
    multiplyAdds: () => 0,
    apply: (x, tensors, { kernels, mode }) => {
      const images = rank4(x)
      const scale = rank1(tensors.weight!)
      const offset = rank1(tensors.bias!)
      const mean = rank1(tensors.running_mean!)
      const variance = rank1(tensors.running_var!)
      const bias = tensors.preceding_bias === undefined ? undefined : rank1(tensors.preceding_bias)
      if (mode === "eval") {
        const shifted = bias === undefined ? mean : tf.sub<tf.Tensor1D>(mean, bias)
        return [kernels.batchNormEval(images, scale, offset, shifted, variance, spec), unchanged]
      }
      const result = kernels.batchNormTrain(images, scale, offset, mean, variance, spec, bias)
      return [result.y, { running_mean: result.mean, running_var: result.variance }]
    },
    bias: "takes"
  }
})
