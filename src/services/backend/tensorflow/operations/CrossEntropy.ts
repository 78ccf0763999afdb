import * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../../../../model/Kernels.js"
import type { Addon } from "../Addon.js"
import { float32, register, run } from "./Register.js"

const name = "EffectTensorFlowCrossEntropy"

/** By TensorFlow's operation, which gives the losses of the rows and their gradients together: two calls where tfjs makes twenty. */
export const make = ({ execute }: Addon): Required<Kernels>["crossEntropy"] => {
  register({
    name,
    forward: ({ logits, targets }) => {
      const [losses, gradient] = execute("SoftmaxCrossEntropyWithLogits", [float32], [logits, targets], 2)
      const mean = tf.tidy(() => tf.mean(losses!))
      losses!.dispose()
      return [mean, gradient!]
    },
    outputsToSave: [false, true],
    gradient: (dy, [gradient]) => ({ logits: () => tf.mul(gradient!, tf.mul(dy, 1 / (gradient!.shape[0] ?? 1))) })
  })
  return (logits, targets) => {
    const [mean, gradient] = run<[tf.Scalar, tf.Tensor]>(name, { logits, targets })
    // The tape holds its own handle.
    gradient.dispose()
    return mean
  }
}
