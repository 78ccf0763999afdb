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
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Blocks, Layers, Network } from "effect-tensorflow/model"
 *
 * const { chain, conv, globalAvgPool, linear } = Layers
 *
 * const network = {
 *   name: "two blocks",
 *   input: { height: 32, width: 32, channels: 3 },
 *   classes: 10,
 *   body: chain(conv(3, 16), Blocks.basic(16, 16), Blocks.basic(16, 32, { stride: 2 }), globalAvgPool, linear(32, 10))
 * }
 *
 * Effect.runSync(Effect.fromResult(Network.validate(network))) // => [10]
 * Network.parameters(network)[2]?.path // => "1.conv1.weight"
 * ```
 * @category blocks
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
  return chain(
    named("", residual({ body, shortcut: named(shortcutName, shortcut(kind, input, output, { stride })) })),
    named("relu2", relu)
  )
}
