import type * as tf from "@tensorflow/tfjs-core"
import { rank1, rank4 } from "../../../model/Rank.js"
import { type Case, operation } from "./Case.js"
import * as Float64 from "./Float64Layers.js"
import { map, noise, positive, type Values } from "./Values.js"

const activations = { relu: Float64.relu, gelu: Float64.gelu, none: (x: number) => x }

const decay = 0.9
const epsilon = 1e-5

/** Batch norm that adds a residual, or none, and applies an activation. */
const batchNorm = (
  shape: readonly [number, number, number, number],
  mode: "training" | "evaluation",
  activation: keyof typeof activations,
  sum: boolean
): Case => {
  const [n, height, width, c] = shape
  const options = { epsilon, activation: activation === "none" ? undefined : activation }
  const named = <T>([x, scale, offset, ...rest]: ReadonlyArray<T>) => {
    const [mean, variance] = rest.slice(-2)
    return {
      x: x!,
      scale: scale!,
      offset: offset!,
      residual: sum ? rest[0] : undefined,
      mean: mean!,
      variance: variance!
    }
  }
  return operation({
    name: `batch norm${sum ? ", sum" : ""}${activation === "none" ? "" : ` and ${activation}`} in ${mode} of ${shape.join("x")}`,
    inputs: [
      noise("x", shape),
      noise("scale", [c]),
      noise("offset", [c]),
      ...(sum ? [noise("residual", shape)] : []),
      noise("mean", [c]),
      positive("variance", [c])
    ],
    differentiable: (mode === "evaluation" ? 5 : 3) + (sum ? 1 : 0),
    terms: n * height * width,
    compute: ({ batchNormEval, batchNormTrain }, inputs) => {
      const { mean, offset, scale, variance, x, ...rest } = named<tf.Tensor>(inputs)
      const images = rank4(x)
      const epilogue = { ...options, residual: rest.residual && rank4(rest.residual) }
      const channels = [rank1(scale), rank1(offset), rank1(mean), rank1(variance)] as const
      if (mode === "evaluation") return [batchNormEval(images, ...channels, epilogue)]
      const result = batchNormTrain(images, ...channels, { ...epilogue, decay })
      return [result.y, result.mean, result.variance]
    },
    reference: (inputs) => {
      const { mean, offset, residual, scale, variance, x } = named<Values>(inputs)
      const running = { mean: mean.data, variance: variance.data, decay }
      const affine = { weight: scale.data, bias: offset.data, epsilon }
      const [y, ...statistics] =
        mode === "training"
          ? Float64.batchNormTrain(x, running, affine)
          : ([Float64.batchNormEval(x, running, affine)] as const)
      return [map(y, (value, i) => activations[activation](value + (residual?.data[i] ?? 0))), ...statistics]
    }
  })
}

/** Batch norm on images of so many channels, with all that can follow it. */
export const ofChannels = (c: number): ReadonlyArray<Case> =>
  (["training", "evaluation"] as const).flatMap((mode) => [
    batchNorm([2, 4, 5, c], mode, "relu", false),
    batchNorm([2, 4, 5, c], mode, "relu", true),
    batchNorm([2, 4, 5, c], mode, "none", true),
    batchNorm([1, 4, 5, c], mode, "gelu", false),
    batchNorm([1, 4, 5, c], mode, "gelu", true)
  ])
