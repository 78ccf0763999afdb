import { chain, named, residual } from "../Compose.js"
import { batchNorm } from "../layers/BatchNorm.js"
import { conv } from "../layers/Conv.js"
import { relu } from "../layers/Relu.js"
import type { Module } from "../Module.js"
import { type BlockOptions, lastScale } from "./Options.js"
import { shortcut } from "./Shortcut.js"

/**
 * Residual basic block: two 3x3 convolutions with batch norm, a shortcut, and a ReLU after the sum.
 *
 * **Shapes** `x [n, h, w, input]` -> `[n, ceil(h / stride), ceil(w / stride), output]`.
 * **Source** He et al. 2015, arXiv:1512.03385, fig. 5 left; the names are torchvision's.
 */
export function basic<const I extends number, const O extends number>(
  input: I,
  output: O,
  options?: BlockOptions
): Module<I, O>
export function basic(input: number, output: number, options: BlockOptions = {}): Module {
  const { stride = 1, shortcut: kind = "padding", shortcutName = "shortcut" } = options
  const body = chain(
    named("conv1", conv(input, output, { stride, bias: false })),
    named("bn1", batchNorm(output)),
    named("relu1", relu),
    named("conv2", conv(output, output, { bias: false })),
    named("bn2", batchNorm(output, lastScale(options)))
  )
  const way = named(shortcutName, shortcut(kind, input, output, { stride }))
  return chain(named("", residual({ body, shortcut: way })), named("relu2", relu))
}
