import * as tf from "@tensorflow/tfjs-core"
import type { Epilogue, Kernels } from "../../../model/Kernels.js"
import { finish, reference } from "../../../model/ReferenceKernels.js"
import type { InstructionSet } from "../../native/KernelFiles.js"
import type { Addon } from "./Addon.js"
import * as Conv2D from "./operations/Conv2D.js"
import * as CrossEntropy from "./operations/CrossEntropy.js"
import * as EffectAddBias from "./operations/EffectAddBias.js"
import * as EffectBatchNorm from "./operations/EffectBatchNorm.js"
import * as EffectBatchNormEval from "./operations/EffectBatchNormEval.js"
import * as EffectConv2D from "./operations/EffectConv2D.js"
import * as EffectMaxPool from "./operations/EffectMaxPool.js"
import * as EffectNormalizePixels from "./operations/EffectNormalizePixels.js"
import * as EffectUpdate from "./operations/EffectUpdate.js"
import * as FusedBatchNorm from "./operations/FusedBatchNorm.js"
import * as Gelu from "./operations/Gelu.js"
import * as Relu from "./operations/Relu.js"
import * as Uniform from "./operations/Uniform.js"

/** The kernels on TensorFlow's own operations, or where ours are loaded, for this instruction set, on them. */
export const make = (addon: Addon, set: InstructionSet | null): Kernels => {
  const tensorflow = onTensorFlow(addon)
  return set === null
    ? tensorflow
    : {
        ...tensorflow,
        conv2d: EffectConv2D.make(addon, set),
        addBias: EffectAddBias.make(addon, tensorflow),
        maxPool: EffectMaxPool.make(addon),
        batchNormTrain: EffectBatchNorm.train(addon),
        batchNormEval: EffectBatchNormEval.evaluate(addon),
        normalizePixels: EffectNormalizePixels.make(addon),
        runPrograms: EffectUpdate.make(addon)
      }
}

const onTensorFlow = (addon: Addon): Kernels => {
  const activations = { relu: Relu.make(addon), gelu: Gelu.make() }
  return {
    name: "tensorflow",
    ...activations,
    uniform: Uniform.make(addon),
    conv2d: Conv2D.make(addon),
    addBias: <T extends tf.Tensor>(x: T, bias: tf.Tensor1D, epilogue: Epilogue<T> = {}) =>
      finish(activations, tf.add<T>(x, bias), epilogue),
    maxPool: reference.maxPool,
    crossEntropy: CrossEntropy.make(addon),
    batchNormTrain: FusedBatchNorm.train(addon, activations),
    batchNormEval: FusedBatchNorm.evaluate(activations)
  }
}
