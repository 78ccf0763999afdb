import * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../../../../model/Kernels.js"
import type { Addon } from "../Addon.js"

/** Pixels that are uploaded as bytes, a quarter of what floats take. */
export const make =
  ({ execute, uploadBytes }: Addon): Required<Kernels>["normalizePixels"] =>
  (pixels, shape, { factor, shift }) => {
    const inputs = [uploadBytes(pixels, shape), tf.tensor1d([...factor]), tf.tensor1d([...shift])]
    try {
      return execute("EffectNormalizePixels", [], inputs, 1)[0] as tf.Tensor4D
    } finally {
      tf.dispose(inputs)
    }
  }
