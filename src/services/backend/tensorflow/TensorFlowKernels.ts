import type { Kernels } from "../../../model/Kernels.js"
import type { Addon } from "./Addon.js"
import * as Conv2D from "./operations/Conv2D.js"
import * as FusedBatchNorm from "./operations/FusedBatchNorm.js"
import * as Gelu from "./operations/Gelu.js"
import * as Relu from "./operations/Relu.js"
import * as Uniform from "./operations/Uniform.js"

/** The kernels on TensorFlow's own operations. */
export const make = (addon: Addon): Kernels => {
  const activations = { relu: Relu.make(addon), gelu: Gelu.make() }
  return {
    name: "tensorflow",
    ...activations,
    uniform: Uniform.make(addon),
    conv2d: Conv2D.make(addon),
    batchNormTrain: FusedBatchNorm.train(addon, activations),
    batchNormEval: FusedBatchNorm.evaluate(activations)
  }
}
