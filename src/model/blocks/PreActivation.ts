import { chain, named, residual } from "../Compose.js"
import { batchNorm } from "../layers/BatchNorm.js"
import { conv } from "../layers/Conv.js"
import { dropout } from "../layers/Dropout.js"
import { identity } from "../layers/Identity.js"
import { relu } from "../layers/Relu.js"
import type { Module } from "../Module.js"
import { type BlockOptions, lastScale } from "./Options.js"
import { shortcut as makeShortcut } from "./Shortcut.js"

/**
 * The sum of the shortcut and of batch norm, ReLU and `rest`. An identity shortcut takes the input itself, any other one the output of the first ReLU, as
 * `rest` does.
 */
const preactivated = (input: number, output: number, options: BlockOptions, rest: Module): Module => {
  const { stride = 1, shortcut: kind = "padding", shortcutName = "shortcut" } = options
  const first = named("", chain(named("bn1", batchNorm(input)), named("relu1", relu)))
  const shortcut = makeShortcut(kind, input, output, { stride, norm: false })
  return shortcut._tag === identity._tag
    ? residual({ body: chain(first, named("", rest)), shortcut: identity })
    : chain(first, named("", residual({ body: rest, shortcut: named(shortcutName, shortcut) })))
}

/**
 * Residual basic block with its batch norms and ReLUs before its convolutions, and none after the sum.
 *
 * A projection has no batch norm, since one follows the sum. `dropout` is the rate of a dropout before the second convolution.
 *
 * **Shapes** `x [n, h, w, input]` -> `[n, ceil(h / stride), ceil(w / stride), output]`.
 * **Source** He et al. 2016, arXiv:1603.05027, fig. 4 (e).
 *
 * @category blocks
 */
export function preactivationBasic<const I extends number, const O extends number>(
  input: I,
  output: O,
  options?: BlockOptions & { readonly dropout?: number }
): Module<I, O>
export function preactivationBasic(
  input: number,
  output: number,
  options: BlockOptions & { readonly dropout?: number } = {}
): Module {
  const rest = chain(
    named("conv1", conv(input, output, { stride: options.stride ?? 1, bias: false })),
    named("bn2", batchNorm(output, lastScale(options))),
    named("relu2", relu),
    ...(options.dropout === undefined ? [] : [named("dropout", dropout(options.dropout))]),
    named("conv2", conv(output, output, { bias: false }))
  )
  return preactivated(input, output, options, rest)
}

/**
 * Residual bottleneck block with its batch norms and ReLUs before its convolutions: 1x1 to `output / 4` channels, 3x3, 1x1 to `output`.
 *
 * **Shapes** `x [n, h, w, input]` -> `[n, ceil(h / stride), ceil(w / stride), output]`; `output` is a multiple of 4.
 * **Source** He et al. 2016, arXiv:1603.05027; the stride is on the 3x3 convolution.
 *
 * @category blocks
 */
export function preactivationBottleneck<const I extends number, const O extends number>(
  input: I,
  output: O,
  options?: BlockOptions
): Module<I, O>
export function preactivationBottleneck(input: number, output: number, options: BlockOptions = {}): Module {
  const width = output / 4
  const rest = chain(
    named("conv1", conv(input, width, { kernel: 1, bias: false })),
    named("bn2", batchNorm(width)),
    named("relu2", relu),
    named("conv2", conv(width, width, { stride: options.stride ?? 1, bias: false })),
    named("bn3", batchNorm(width, lastScale(options))),
    named("relu3", relu),
    named("conv3", conv(width, output, { kernel: 1, bias: false }))
  )
  return preactivated(input, output, options, rest)
}
