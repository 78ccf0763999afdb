import * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../../../../model/Kernels.js"
import type { Addon } from "../Addon.js"

export const make =
  (addon: Addon): Kernels["uniform"] =>
  (shape, { uint32 }) => {
    const inputs = [tf.tensor1d([...shape], "int32"), tf.tensor1d([uint32() | 0, uint32() | 0], "int32")]
    const [numbers] = addon.execute(
      "StatelessRandomUniform",
      [
        ["dtype", "float32"],
        ["T", "int32"],
        ["Tseed", "int32"]
      ],
      inputs,
      1
    )
    tf.dispose(inputs)
    return numbers!
  }
