import type * as tf from "@tensorflow/tfjs-core"
import type { Kernels, Window } from "../../../../model/Kernels.js"
import type { InstructionSet } from "../../../native/KernelFiles.js"
import type { Addon, Attribute } from "../Addon.js"
import { type Algorithm, algorithmFor, type Task } from "../ConvolutionTable.js"
import * as Conv2D from "./Conv2D.js"
import { type Convolution, kernel } from "./Convolution.js"

type Shape = ReadonlyArray<number>

/** The algorithms as the operations number them. */
const numbers: Record<Exclude<Algorithm, "onednn">, number> = { direct: 0, winograd: 1 }

/** Convolutions, each by the algorithm that is chosen for it. */
export const convolution = (addon: Addon, choose: (task: Task) => Algorithm): Convolution => {
  const onednn = Conv2D.convolution(addon)
  const run = (name: string, attributes: ReadonlyArray<Attribute>, inputs: ReadonlyArray<tf.Tensor>) =>
    addon.execute(name, attributes, inputs, 1)[0]!
  const attributesFor = (direction: Task["direction"], x: Shape, filter: Shape, { padding, stride }: Window) => {
    const [height, width, inputs, outputs] = [filter[0]!, filter[1]!, filter[2]!, filter[3]!]
    const task = { direction, window: [height, width], stride, padding, inputs, outputs, size: [x[1]!, x[2]!] } as const
    const algorithm = choose(task)
    if (algorithm === "onednn") return undefined
    const attributes: ReadonlyArray<Attribute> = [
      ["stride", "int", stride],
      ["padding", "int", padding],
      ["algorithm", "int", numbers[algorithm]]
    ]
    return attributes
  }
  return {
    forward: (x, filter, window) => {
      const attributes = attributesFor("forward", x.shape, filter.shape, window)
      return attributes === undefined ? onednn.forward(x, filter, window) : run("EffectConv2D", attributes, [x, filter])
    },
    gradInput: (filter, dy, window, x) => {
      const attributes = attributesFor("gradInput", x, filter.shape, window)
      return attributes === undefined
        ? onednn.gradInput(filter, dy, window, x)
        : run("EffectConv2DGradInput", [...attributes, ["height", "int", x[1]!], ["width", "int", x[2]!]], [filter, dy])
    },
    gradFilter: (x, dy, window, filter) => {
      const attributes = attributesFor("gradFilter", x.shape, filter, window)
      const sides: ReadonlyArray<Attribute> = [
        ["kernel_height", "int", filter[0]!],
        ["kernel_width", "int", filter[1]!]
      ]
      return attributes === undefined
        ? onednn.gradFilter(x, dy, window, filter)
        : run("EffectConv2DGradFilter", [...attributes, ...sides], [x, dy])
    }
  }
}

/** Convolutions by the table's algorithms; those in groups are TensorFlow's. */
export const make = (addon: Addon, set: InstructionSet): Kernels["conv2d"] => {
  const convolve = kernel(
    "EffectConv2D",
    convolution(addon, (task) => algorithmFor(set, task))
  )
  const inGroups = Conv2D.make(addon)
  return (x, filter, window) => (x.shape[3] === filter.shape[2] ? convolve : inGroups)(x, filter, window)
}
