import { preactivationBasic } from "../blocks/PreActivation.js"
import { type Block, stage } from "../blocks/Stage.js"
import { batchNorm, chain, conv, globalAvgPool, linear, named, relu } from "../Layers.js"
import type { Network, Task } from "../Network.js"
import { cifar10 } from "./Tasks.js"

/**
 * One variant; `blocks` in each of the three stages, `width` times 16, 32 and 64 channels.
 *
 * @category models
 */
export interface Variant {
  readonly blocks: number
  readonly width: number
  /** The rate of a dropout between the convolutions of each block; by default there is none. */
  readonly dropout?: number
}

/**
 * The wide residual networks for CIFAR: pre-activation basic blocks, few and wide. Of n blocks a stage, `6 n + 4` layers deep, as their names count.
 *
 * **Source** Zagoruyko and Komodakis 2016, arXiv:1605.07146. The names are those of xternalz/WideResNet-pytorch.
 *
 * @category networks
 */
export const make = ({ blocks, dropout, width }: Variant, task: Task = cifar10): Network => {
  const block: Block = (input, output, { stride }) =>
    preactivationBasic(input, output, {
      stride,
      shortcut: "projection",
      shortcutName: "convShortcut",
      ...(dropout === undefined ? {} : { dropout })
    })
  const [first, second, third] = [16 * width, 32 * width, 64 * width]
  return {
    name: `wrn-${6 * blocks + 4}-${width}`,
    ...task,
    body: chain(
      named("conv1", conv(task.input.channels, 16, { bias: false })),
      named("block1.layer", stage(block, { input: 16, output: first, blocks })),
      named("block2.layer", stage(block, { input: first, output: second, blocks, stride: 2 })),
      named("block3.layer", stage(block, { input: second, output: third, blocks, stride: 2 })),
      named("bn1", batchNorm(third)),
      named("relu", relu),
      named("pool", globalAvgPool),
      named("fc", linear(third, task.classes))
    )
  }
}
