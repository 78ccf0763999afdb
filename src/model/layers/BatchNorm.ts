import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result, Schema } from "effect"
import * as Norm from "../export/kinds/Norm.js"
import * as Initializer from "../Initializer.js"
import { kind, unchanged } from "../Layer.js"
import type { Module } from "../Module.js"
import { rank1, rank4 } from "../Rank.js"
import { Count, imageOf } from "../Shape.js"

export const BatchNorm = Schema.TaggedStruct("BatchNorm", {
  channels: Count,
  decay: Schema.Finite,
  epsilon: Schema.Finite,
  scale: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  init: Schema.optionalKey(Initializer.Initializer)
})
export type BatchNorm = typeof BatchNorm.Type

/**
 * Batch norm over images: `weight * (x - mean) / sqrt(variance + epsilon) + bias`, channel by channel.
 *
 * **Shapes** `x [n, h, w, channels]` -> the same.
 * **State** train: statistics of the batch; `running_mean` and `running_var` become `decay * old + (1 - decay) * batch`, the variance
 * unbiased, as in PyTorch (whose momentum is `1 - decay`). eval: the running statistics, unchanged.
 * **Parameters** `weight`, initially 1 (with `scale: false` there is none, and the scale is 1); `bias`, initially 0.
 * **Source** Ioffe and Szegedy 2015, arXiv:1502.03167.
 *
 * @example
 * ```ts
 * import { Kinds, Layers } from "effect-tensorflow/model"
 *
 * const layer = Kinds.layerOf(Kinds.builtIn, Layers.batchNorm(16))
 *
 * layer.parameters.map(({ name, role }) => `${name} ${role}`) // => ["weight param", "bias param", "running_mean state", "running_var state"]
 * ```
 * @category layers
 */
export const batchNorm = <const C extends number>(
  channels: C,
  options: {
    readonly decay?: number
    readonly epsilon?: number
    readonly scale?: boolean
    readonly init?: Initializer.Initializer
  } = {}
): Module<C, C> => {
  const spec: BatchNorm = {
    _tag: "BatchNorm",
    channels,
    decay: 0.9,
    epsilon: 1e-5,
    scale: true,
    ...options
  }
  return spec
}

export const kindOfBatchNorm = kind("BatchNorm", BatchNorm, (spec) => {
  const shape = [spec.channels]
  return {
    parameters: [
      ...(spec.scale
        ? [{ name: "weight", shape, role: "param", init: spec.init ?? Initializer.constant(1) } as const]
        : []),
      { name: "bias", shape, role: "param", init: Initializer.constant(0) },
      { name: "running_mean", shape, role: "state", init: Initializer.constant(0) },
      { name: "running_var", shape, role: "state", init: Initializer.constant(1) }
    ],
    outputShape: (input) => imageOf(input, spec.channels).pipe(Result.map(() => input)),
    multiplyAdds: () => 0,
    apply: (x, tensors, { kernels, mode }, { activation, residual } = {}) => {
      const images = rank4(x)
      const options = { ...spec, activation, residual: residual && rank4(residual) }
      const scale = tensors.weight === undefined ? tf.ones<tf.Rank.R1>([spec.channels]) : rank1(tensors.weight)
      const offset = rank1(tensors.bias!)
      const mean = rank1(tensors.running_mean!)
      const variance = rank1(tensors.running_var!)
      if (mode === "eval") {
        const bias = tensors.preceding_bias
        const shifted = bias === undefined ? mean : tf.sub<tf.Tensor1D>(mean, bias)
        return [kernels.batchNormEval(images, scale, offset, shifted, variance, options), unchanged]
      }
      const result = kernels.batchNormTrain(images, scale, offset, mean, variance, options)
      return [result.y, { running_mean: result.mean, running_var: result.variance }]
    },
    takesEpilogue: true,
    // The batch's mean takes a bias out again; it shows in the running mean alone.
    takesBias: { state: "running_mean", share: 1 - spec.decay },
    batchStatistics: true,
    export: Norm.batchNorm(spec)
  }
})
