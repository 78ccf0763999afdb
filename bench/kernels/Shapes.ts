import { Result } from "effect"
import * as Kinds from "../../src/model/Kinds.js"
import * as Layout from "../../src/model/Layout.js"
import type { Conv } from "../../src/model/layers/Conv.js"
import type { Module } from "../../src/model/Module.js"
import { inputShape } from "../../src/model/Network.js"
import type { Shape } from "../../src/model/Shape.js"
import type { Task } from "../../src/services/backend/tensorflow/ConvolutionTable.js"
import * as Job from "../step/Job.js"

/** A convolution of a step, or one of its gradients, on so many images. */
export interface Work extends Task {
  readonly images: number
  /** Height and width of the result. */
  readonly output: readonly [height: number, width: number]
}

/** Two for each multiply-add of the direct algorithm, by whatever algorithm it is computed. */
export const flop = ({ images, inputs, output, outputs, window }: Work): number =>
  2 * images * output[0] * output[1] * window[0] * window[1] * inputs * outputs

export const show = ({ images, inputs, outputs, padding, size, stride, window }: Work): string =>
  `${images}x${size.join("x")}x${inputs} -> ${outputs}, ${window.join("x")}${stride === 1 ? "" : `, stride ${stride}`}${padding === 0 ? "" : `, padding ${padding}`}`

const isConv = (module: Module): module is Conv => module._tag === "Conv"

/** Calls `visit` with each convolution and the shape of its images; gives the shape of the result. */
const walk = (module: Module, input: Shape, visit: (conv: Conv, input: Shape, output: Shape) => void): Shape => {
  if (Layout.isNamed(module)) return walk(module.module, input, visit)
  if (Layout.isChain(module)) return module.modules.reduce((shape, part) => walk(part, shape, visit), input)
  if (Layout.isResidual(module)) {
    walk(module.shortcut, input, visit)
    return walk(module.body, input, visit)
  }
  const output = Result.getOrThrow(Kinds.layerOf(Kinds.builtIn, module).outputShape(input))
  if (isConv(module)) visit(module, input, output)
  return output
}

/** All convolutions of a training step: without the gradient by the images of the batch, nor those by frozen filters, which no step computes. */
export const of = (name: Job.Name): ReadonlyArray<Work> => {
  const { batchSize, network } = Job.make(name, { threads: 1 })
  const all: Array<Work> = []
  walk(network.body, inputShape(network), (conv, input, output) => {
    const work = {
      images: batchSize,
      window: [conv.kernel, conv.kernel],
      stride: conv.stride,
      padding: conv.padding,
      inputs: conv.in,
      outputs: conv.out,
      size: [input[0]!, input[1]!],
      output: [output[0]!, output[1]!]
    } as const
    const isFirst = all.length === 0
    all.push({ ...work, direction: "forward" })
    if (!isFirst) all.push({ ...work, direction: "gradInput" })
    if (!conv.frozen) all.push({ ...work, direction: "gradFilter" })
  })
  return all
}
