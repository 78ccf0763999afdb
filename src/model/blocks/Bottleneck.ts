import { chain, named, residual } from "../Compose.js"
import { batchNorm } from "../layers/BatchNorm.js"
import { conv } from "../layers/Conv.js"
import { relu } from "../layers/Relu.js"
import type { Module } from "../Module.js"
import { type BlockOptions, lastScale } from "./Options.js"
import { shortcut } from "./Shortcut.js"

/**
 * Residual bottleneck block: a 1x1 convolution to `width * output / 4` channels, a 3x3 one, and a 1x1 one to `output`, each with batch norm; a shortcut,
 * and a ReLU after the sum.
 *
 * **Shapes** `x [n, h, w, input]` -> `[n, ceil(h / stride), ceil(w / stride), output]`; `output` is a multiple of 4.
 * **Source** He et al. 2015, arXiv:1512.03385, fig. 5 right. Deviation: the stride is on the 3x3 convolution, as in torchvision, whose names these are.
 *
 * @category blocks
 */
export function bottleneck<const I extends number, const O extends number>(
  input: I,
  output: O,
  options?: BlockOptions
): Module<I, O>
export function bottleneck(input: number, output: number, options: BlockOptions = {}): Module {
  const { stride = 1, shortcut: kind = "padding", shortcutName = "shortcut" } = options
  const width = (output / 4) * (options.width ?? 1)
  const body = chain(
    named("conv1", conv(input, width, { kernel: 1, bias: false })),
    named("bn1", batchNorm(width)),
    named("relu1", relu),
    named("conv2", conv(width, width, { stride, bias: false })),
    named("bn2", batchNorm(width)),
    named("relu2", relu),
    named("conv3", conv(width, output, { kernel: 1, bias: false })),
    named("bn3", batchNorm(output, lastScale(options)))
  )
  return chain(
    named("", residual({ body, shortcut: named(shortcutName, shortcut(kind, input, output, { stride })) })),
    named("relu3", relu)
  )
}
