import * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../../../../model/Kernels.js"
import { normalBelow } from "../../../../model/ReferenceKernels.js"
import type { Addon } from "../Addon.js"
import { epilogues, numberOf, withEpilogue } from "./EffectBatchNorm.js"
import * as Gelu from "./Gelu.js"
import { float32, register, run } from "./Register.js"

const name = "EffectNormActivate"

/** Batch norm in evaluation with its epilogue: the statistics are folded into a factor and a shift of each channel. */
export const evaluate = ({ execute }: Addon): Kernels["batchNormEval"] => {
  for (const { activation, sum } of epilogues) {
    register({
      name: withEpilogue(name, activation, sum),
      forward: ({ factor, residual, shift, x }) =>
        execute(
          name,
          [["N", "int", sum ? 1 : 0], numberOf(activation)],
          [x, factor, shift, ...(sum ? [residual] : [])],
          1
        ),
      inputsToSave: ["x", "factor", ...(activation === "gelu" ? ["shift", ...(sum ? ["residual"] : [])] : [])],
      outputsToSave: [activation === "relu"],
      gradient: (dy, [x, factor, ...rest]) => {
        // By the input of the activation. It is rare that this is asked for, so TensorFlow's operations will do.
        const dz =
          activation === undefined
            ? dy
            : activation === "relu"
              ? execute("ReluGrad", [float32], [dy, rest[0]], 1)[0]!
              : tf.tidy(() => {
                  const [shift, ...residual] = rest
                  const z = tf.addN([tf.add(tf.mul(x!, factor!), shift!), ...residual])
                  return tf.mul(dy, Gelu.derivative(z, normalBelow(z)))
                })
        const allButChannels = dz.shape.slice(0, -1).map((_, axis) => axis)
        return {
          x: () => tf.mul(dz, factor!),
          factor: () => tf.sum(tf.mul(dz, x!), allButChannels),
          shift: () => tf.sum(dz, allButChannels),
          residual: () => tf.clone(dz)
        }
      }
    })
  }
  return (x, scale, offset, mean, variance, { activation, epsilon, residual }) => {
    const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, epsilon)))
    const shift = tf.sub(offset, tf.mul(mean, factor))
    return run<[tf.Tensor4D]>(withEpilogue(name, activation, residual !== undefined), {
      x,
      factor,
      shift,
      ...(residual === undefined ? {} : { residual })
    })[0]
  }
}
