import type * as tf from "@tensorflow/tfjs-core"
import type { Activation, Epilogue, Kernels } from "../../../../model/Kernels.js"
import { finish } from "../../../../model/ReferenceKernels.js"
import type { Addon } from "../Addon.js"
import { numberOf, withEpilogue } from "./EffectBatchNorm.js"
import { register, run } from "./Register.js"

const name = "EffectAddBias"

/** A bias with the activation after it in one pass. Only batch norms stand before a sum often enough to have one fused. */
export const make = ({ execute }: Addon, activations: Pick<Kernels, "relu" | "gelu">): Kernels["addBias"] => {
  for (const activation of [undefined, "relu", "gelu"] satisfies ReadonlyArray<Activation | undefined>) {
    register({
      name: withEpilogue(name, activation, false),
      forward: ({ bias, x }) => execute(name, [numberOf(activation)], [x, bias], 1),
      inputsToSave: [...(activation === "gelu" ? ["x"] : []), "bias"],
      outputsToSave: [activation === "relu"],
      gradient: (dy, saved) => {
        const [bias, of] = activation === "gelu" ? [saved[1], saved[0]] : [saved[0], saved[1]]
        const inputs = activation === undefined ? [dy, bias] : [dy, bias, of]
        const [dx, dBias] = execute(
          "EffectAddBiasGrad",
          [numberOf(activation), ["N", "int", inputs.length - 2]],
          inputs,
          2
        )
        return { x: () => (activation === undefined ? dy.clone() : dx!), bias: () => dBias! }
      }
    })
  }
  return <T extends tf.Tensor>(x: T, bias: tf.Tensor1D, epilogue: Epilogue<T> = {}) => {
    const { activation, residual } = epilogue
    const [y] = run<[T]>(withEpilogue(name, residual === undefined ? activation : undefined, false), { x, bias })
    return residual === undefined ? y : finish(activations, y, epilogue)
  }
}
