import type * as tf from "@tensorflow/tfjs-core"
import type { Kernels, Window } from "../../../../model/Kernels.js"
import { register, run } from "./Register.js"

type Shape = ReadonlyArray<number>

/** A convolution and its gradients, however they are computed. */
export interface Convolution {
  readonly forward: (x: tf.Tensor, filter: tf.Tensor, window: Window) => tf.Tensor
  readonly gradInput: (filter: tf.Tensor, dy: tf.Tensor, window: Window, x: Shape) => tf.Tensor
  readonly gradFilter: (x: tf.Tensor, dy: tf.Tensor, window: Window, filter: Shape) => tf.Tensor
}

/** A convolution as a kernel of this name. */
export const kernel = (name: string, { forward, gradFilter, gradInput }: Convolution): Kernels["conv2d"] => {
  register({
    name,
    forward: ({ filter, x }, attributes) => [forward(x!, filter!, windowOf(attributes))],
    inputsToSave: ["x", "filter"],
    gradient: (dy, [x, filter], attributes) => {
      const window = windowOf(attributes)
      return {
        x: () => gradInput(filter!, dy, window, x!.shape),
        filter: () => gradFilter(x!, dy, window, filter!.shape)
      }
    }
  })
  return (x, filter, { padding, stride }) => run<[tf.Tensor4D]>(name, { x, filter }, { stride, padding })[0]
}

const windowOf = ({ padding, stride }: Readonly<Record<string, number>>): Window => ({
  stride: stride!,
  padding: padding!
})
