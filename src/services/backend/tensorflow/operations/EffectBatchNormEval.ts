import * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../../../../model/Kernels.js"
import { normalBelow } from "../../../../model/ReferenceKernels.js"
import type { Addon } from "../Addon.js"
import { epilogues, numberOf, withEpilogue } from "./EffectBatchNorm.js"
import * as Gelu from "./Gelu.js"
import { float32, register, run } from "./Register.js"

const name = "EffectBatchNormEval"

/** Batch norm with the running statistics and its epilogue. */
export const evaluate = ({ execute }: Addon): Kernels["batchNormEval"] => {
  for (const { activation, sum } of epilogues) {
    register({
      name: withEpilogue(name, activation, sum),
      forward: ({ mean, offset, residual, scale, variance, x }, { epsilon }) =>
        execute(
          name,
          [["N", "int", sum ? 1 : 0], ["epsilon", "float", epsilon!], numberOf(activation)],
          [x, scale, offset, mean, variance, ...(sum ? [residual] : [])],
          1
        ),
      inputsToSave: [
        "x",
        "scale",
        "mean",
        "variance",
        ...(activation === "gelu" ? ["offset", ...(sum ? ["residual"] : [])] : [])
      ],
      outputsToSave: [activation === "relu"],
      // It is rare that this is asked for, as below a frozen batch norm, so TensorFlow's operations will do.
      gradient: (dy, [x, scale, mean, variance, ...rest], { epsilon }) => {
        const inverse = tf.rsqrt(tf.add(variance!, epsilon!))
        const normal = tf.mul(tf.sub(x!, mean!), inverse)
        /** The gradient by what the activation is applied to. */
        const beforeActivation = (): tf.Tensor => {
          if (activation === undefined) return dy
          if (activation === "relu") return execute("ReluGrad", [float32], [dy, rest[0]], 1)[0]!
          const [offset, ...residual] = rest
          const z = tf.addN([tf.add(tf.mul(normal, scale!), offset!), ...residual])
          return tf.mul(dy, Gelu.derivative(z, normalBelow(z)))
        }
        const dz = beforeActivation()
        const totals = (x: tf.Tensor) =>
          tf.sum(
            x,
            x.shape.slice(0, -1).map((_, axis) => axis)
          )
        const factor = tf.mul(inverse, scale!)
        return {
          x: () => tf.mul(dz, factor),
          scale: () => totals(tf.mul(dz, normal)),
          offset: () => totals(dz),
          mean: () => tf.neg(tf.mul(totals(dz), factor)),
          variance: () => tf.mul(tf.mul(totals(tf.mul(dz, normal)), tf.mul(factor, inverse)), -0.5),
          residual: () => tf.clone(dz)
        }
      }
    })
  }
  return (x, scale, offset, mean, variance, { activation, epsilon, residual }) =>
    run<[tf.Tensor4D]>(
      withEpilogue(name, activation, residual !== undefined),
      { x, scale, offset, mean, variance, ...(residual === undefined ? {} : { residual }) },
      { epsilon }
    )[0]
}
