import type * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../../../../model/Kernels.js"
import type { Addon } from "../Addon.js"
import { float32, register, run } from "./Register.js"

const name = "EffectTensorFlowRelu"

export const make = (addon: Addon): Kernels["relu"] => {
  register({
    name,
    forward: ({ x }) => addon.execute("Relu", [float32], [x], 1),
    outputsToSave: [true],
    gradient: (dy, [y]) => ({ x: () => addon.execute("ReluGrad", [float32], [dy, y], 1)[0]! })
  })
  return <T extends tf.Tensor>(x: T) => run<[T]>(name, { x })[0]
}
