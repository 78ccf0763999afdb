import * as tf from "@tensorflow/tfjs-core"
import type { Activation, Epilogue, Kernels } from "../../../../model/Kernels.js"
import type { Addon, Attribute } from "../Addon.js"
import { register, run } from "./Register.js"

/** Every epilogue: an activation or none, a residual or none. What the gradients need differs, so that each is a kernel of its own. */
export const epilogues = ([undefined, "relu", "gelu"] as const).flatMap((activation) =>
  [false, true].map((sum) => ({ activation, sum }))
)

/** The name of an operation with an epilogue, as a tfjs kernel. */
export const withEpilogue = (name: string, activation: Activation | undefined, sum: boolean): string =>
  [name, ...(sum ? ["Sum"] : []), ...(activation === undefined ? [] : [activation])].join("/")

/** The activation as the operations number it. */
export const numberOf = (activation: Epilogue["activation"]): Attribute => [
  "activation",
  "int",
  activation === undefined ? 0 : activation === "relu" ? 1 : 2
]

const name = "EffectBatchNorm"

/** Batch norm in training with its epilogue. */
export const train = ({ execute }: Addon): Kernels["batchNormTrain"] => {
  for (const { activation, sum } of epilogues) {
    // Of a ReLU after a sum the result tells where it was positive, for a GELU its input is computed again; without a sum, x alone gives either.
    const savesResult = sum && activation === "relu"
    const savesResidual = sum && activation === "gelu"
    register({
      name: withEpilogue(name, activation, sum),
      forward: ({ mean, offset, residual, scale, variance, x }, { decay, epsilon }) =>
        execute(
          name,
          [["N", "int", sum ? 1 : 0], ["epsilon", "float", epsilon!], ["decay", "float", decay!], numberOf(activation)],
          [x, scale, offset, mean, variance, ...(sum ? [residual] : [])],
          5
        ),
      inputsToSave: ["x", "scale", "offset", ...(savesResidual ? ["residual"] : [])],
      outputsToSave: [savesResult, false, false, true, true],
      gradient: (dy, [x, scale, offset, ...rest]) => {
        const [extra, statistics] = [rest.slice(0, -2), rest.slice(-2)]
        const [dx, dScale, dOffset, dResidual] = execute(
          "EffectBatchNormGrad",
          [["N", "int", extra.length], ["residual", "int", sum ? 1 : 0], numberOf(activation)],
          [dy, x, scale, offset, ...statistics, ...extra],
          4
        )
        return {
          x: () => dx!,
          scale: () => dScale!,
          offset: () => dOffset!,
          residual: () => (activation === undefined ? tf.clone(dy) : dResidual!)
        }
      }
    })
  }
  return (x, scale, offset, mean, variance, { activation, decay, epsilon, residual }) => {
    const [y, newMean, newVariance, ...saved] = run<[tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, ...Array<tf.Tensor>]>(
      withEpilogue(name, activation, residual !== undefined),
      { x, scale, offset, mean, variance, ...(residual === undefined ? {} : { residual }) },
      { decay, epsilon }
    )
    // The tape holds its own handles on what the gradient needs.
    tf.dispose(saved)
    return { y, mean: newMean, variance: newVariance }
  }
}
