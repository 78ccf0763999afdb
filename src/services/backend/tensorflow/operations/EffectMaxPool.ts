import type * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../../../../model/Kernels.js"
import { reference } from "../../../../model/ReferenceKernels.js"
import type { Addon, Attribute } from "../Addon.js"
import { register, run } from "./Register.js"

const name = "EffectMaxPool"

export const make = ({ execute }: Addon): Kernels["maxPool"] => {
  const attributes = (window: Readonly<Record<string, number>>): Array<Attribute> =>
    ["size", "stride", "padding"].map((name) => [name, "int", window[name]!])
  register({
    name,
    forward: ({ x }, window) => execute(name, attributes(window), [x], 1),
    inputsToSave: ["x"],
    gradient: (dy, [x], window) => ({ x: () => execute("EffectMaxPoolGrad", attributes(window), [x, dy], 1)[0]! })
  })
  return (x, { padding, size, stride }) =>
    padding < size
      ? run<[tf.Tensor4D]>(name, { x }, { size, stride, padding })[0]
      : reference.maxPool(x, { size, stride, padding })
}
