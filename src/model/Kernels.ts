import type * as tf from "@tensorflow/tfjs-core"
import type { Generator } from "../internal/Random.js"
import type { ProgramCall } from "./Programs.js"

/**
 * Stride and symmetric zero padding of a square window, in pixels, as in PyTorch.
 *
 * @category models
 */
export interface Window {
  readonly stride: number
  readonly padding: number
}

/**
 * A function of each number that a kernel can apply to its result.
 *
 * @category models
 */
export type Activation = "relu" | "gelu"

/**
 * What is done to a result in the same pass over memory: `residual` is added to it, then the activation is applied.
 *
 * @category models
 */
export interface Epilogue<T extends tf.Tensor = tf.Tensor4D> {
  readonly residual?: T | undefined
  readonly activation?: Activation | undefined
}

/**
 * The result of a batch norm in training: the normalized batch after the epilogue, and the updated running statistics (outside the gradient tape).
 *
 * @category models
 */
export interface BatchNormResult {
  readonly y: tf.Tensor4D
  readonly mean: tf.Tensor1D
  readonly variance: tf.Tensor1D
}

/**
 * The operations that a backend may do faster than tfjs does by default; all are differentiable.
 *
 * One definition, several implementations with equal results: `reference` in plain tfjs ops, and the native ones.
 *
 * @category models
 */
export interface Kernels {
  readonly name: string
  readonly relu: <T extends tf.Tensor>(x: T) => T
  /** `x * P(X <= x)` for a standard normal `X`. */
  readonly gelu: <T extends tf.Tensor>(x: T) => T
  /** Uniform numbers in 0 .. 1 without 1, determined by the state of the generator; they differ between backends. */
  readonly uniform: (shape: ReadonlyArray<number>, generator: Generator) => tf.Tensor
  /** `x [n,h,w,cIn]`, `filter [kh,kw,cIn/groups,cOut]`; the two shapes determine the number of groups. */
  readonly conv2d: (x: tf.Tensor4D, filter: tf.Tensor4D, window: Window) => tf.Tensor4D
  /** `x [..., c] + bias [c]`, and what an epilogue says. */
  readonly addBias: <T extends tf.Tensor>(x: T, bias: tf.Tensor1D, epilogue?: Epilogue<T>) => T
  /** The largest value of each square window of so many pixels; padding never wins, and the first of equal values gets the gradient. */
  readonly maxPool: (x: tf.Tensor4D, window: Window & { readonly size: number }) => tf.Tensor4D
  /**
   * Batch norm of `x` with the batch's own statistics. New running value = `decay * old + (1 - decay) * batch`; the running variance takes
   * the unbiased batch variance, as in PyTorch.
   */
  readonly batchNormTrain: (
    x: tf.Tensor4D,
    scale: tf.Tensor1D,
    offset: tf.Tensor1D,
    runningMean: tf.Tensor1D,
    runningVariance: tf.Tensor1D,
    options: { readonly decay: number; readonly epsilon: number } & Epilogue
  ) => BatchNormResult
  /** Batch norm with the running statistics. */
  readonly batchNormEval: (
    x: tf.Tensor4D,
    scale: tf.Tensor1D,
    offset: tf.Tensor1D,
    runningMean: tf.Tensor1D,
    runningVariance: tf.Tensor1D,
    options: { readonly epsilon: number } & Epilogue
  ) => tf.Tensor4D
  /**
   * The mean over the rows of `-sum_k target_k log softmax(logits)_k`, differentiable in the logits alone; the targets of a row add up to 1. Absent where
   * tfjs's operations do as well.
   */
  readonly crossEntropy?: (logits: tf.Tensor2D, targets: tf.Tensor2D) => tf.Scalar
  /** Pixels `[n, h, w, c]` as numbers, `pixel * factor[c] + shift[c]`. Absent where they are computed in JavaScript. */
  readonly normalizePixels?: (
    pixels: Uint8Array,
    shape: readonly [number, number, number, number],
    coefficients: { readonly factor: ReadonlyArray<number>; readonly shift: ReadonlyArray<number> }
  ) => tf.Tensor4D
  /**
   * Runs many elementwise programs, such as the updates of all parameters, in one call: the outputs of each. Absent where tfjs's operations do as well.
   *
   * Programs that are equal are one object. What differs from one call to the next is best a constant: a program's instructions are compiled once.
   */
  readonly runPrograms?: (calls: ReadonlyArray<ProgramCall>) => ReadonlyArray<ReadonlyArray<tf.Tensor>>
}
