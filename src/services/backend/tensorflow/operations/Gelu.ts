import * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../../../../model/Kernels.js"
import { normalBelow } from "../../../../model/ReferenceKernels.js"
import { register, run } from "./Register.js"

const name = "EffectTensorFlowGelu"

/** Half the memory and two thirds of the operations that the tape would make of it: `y' = P(X <= x) + x p(x)`. */
export const make = (): Kernels["gelu"] => {
  register({
    name,
    forward: ({ x }) =>
      tf.tidy(() => {
        const below = normalBelow(x!)
        return [tf.mul(x!, below), below]
      }),
    inputsToSave: ["x"],
    outputsToSave: [false, true],
    gradient: (dy, [x, below]) => ({ x: () => tf.mul(dy, derivative(x!, below!)) })
  })
  return <T extends tf.Tensor>(x: T) => {
    const [y, below] = run<[T, tf.Tensor]>(name, { x })
    // The tape holds its own handle on it.
    below.dispose()
    return y
  }
}

/** That of GELU at `x`, where `below` is the probability of smaller numbers. */
export const derivative = (x: tf.Tensor, below: tf.Tensor): tf.Tensor => {
  const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI))
  return tf.add(below, tf.mul(x, density))
}
