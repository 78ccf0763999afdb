import * as tf from "@tensorflow/tfjs-core"
import type { Attribute } from "../Addon.js"

type Inputs = Readonly<Record<string, tf.Tensor>>
type Attributes = Readonly<Record<string, number>>

/** A tfjs kernel on TensorFlow, and its gradient. */
export interface Definition {
  readonly name: string
  readonly forward: (inputs: Inputs, attributes: Attributes) => Array<tf.Tensor>
  /** The inputs that the gradient needs. */
  readonly inputsToSave?: ReadonlyArray<string>
  /** Which outputs it needs. */
  readonly outputsToSave?: ReadonlyArray<boolean>
  /** The gradients by the inputs, of that by the first output and what was saved: inputs, then outputs. */
  readonly gradient: (
    dy: tf.Tensor,
    saved: ReadonlyArray<tf.Tensor>,
    attributes: Attributes
  ) => Readonly<Record<string, () => tf.Tensor>>
}

/**
 * Registers a kernel, once a process.
 *
 * With its gradient, not as a `tf.customGrad`: the tape asks a registered gradient only for inputs that depend on what is differentiated, so that the
 * gradient of the images, a third of the first convolution, is never computed.
 */
export const register = ({ forward, gradient, inputsToSave = [], name, outputsToSave = [] }: Definition): void => {
  if (tf.getKernel(name, "tensorflow") !== undefined) return
  tf.registerKernel({
    kernelName: name,
    backendName: "tensorflow",
    kernelFunc: ({ attrs, inputs }) => forward(inputs as Inputs, attrs as Attributes)
  })
  tf.registerGradient({
    kernelName: name,
    inputsToSave: [...inputsToSave],
    outputsToSave: [...outputsToSave],
    gradFunc: (dys, saved, attrs) => gradient(Array.isArray(dys) ? dys[0]! : dys, saved, attrs as Attributes)
  })
}

/** The outputs of a registered kernel. */
export const run = <Outputs extends ReadonlyArray<tf.Tensor>>(
  name: string,
  inputs: Inputs,
  attributes: Attributes = {}
): Outputs => tf.engine().runKernel(name, { ...inputs }, { ...attributes }) as unknown as Outputs

/** The type of the numbers of most operations. */
export const float32: Attribute = ["T", "float32"]
