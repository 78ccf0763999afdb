import { basic } from "../blocks/Basic.js"
import type { Shortcut } from "../blocks/Shortcut.js"
import { type Block, stage } from "../blocks/Stage.js"
import { batchNorm, chain, conv, globalAvgPool, linear, named, relu } from "../Layers.js"
import type { Network, Task } from "../Network.js"
import { cifar10 } from "./Tasks.js"

/**
 * One variant; `blocks` in each of the three stages.
 *
 * @category models
 */
export interface Variant {
  readonly blocks: number
  readonly shortcut?: Shortcut
}

/**
 * The residual networks for CIFAR: a 3x3 stem of 16 channels, three stages of 16, 32 and 64 channels, the mean of each channel and a linear
 * layer. Of n blocks a stage, `6 n + 2` layers deep.
 *
 * **Source** He et al. 2015, arXiv:1512.03385, sec. 4.2. Names and the default shortcut (zeros on both sides) are those of
 * akamaster/pytorch_resnet_cifar10, whose weights fit.
 *
 * @category networks
 */
export const make = ({ blocks, shortcut = "padding-around" }: Variant, task: Task = cifar10): Network => {
  const block: Block = (input, output, { stride }) => basic(input, output, { stride, shortcut })
  return {
    name: `cifar-resnet${6 * blocks + 2}${shortcut === "padding-around" ? "" : `-${shortcut}`}`,
    ...task,
    body: chain(
      named("conv1", conv(task.input.channels, 16, { bias: false })),
      named("bn1", batchNorm(16)),
      named("relu", relu),
      named("layer1", stage(block, { input: 16, output: 16, blocks })),
      named("layer2", stage(block, { input: 16, output: 32, blocks, stride: 2 })),
      named("layer3", stage(block, { input: 32, output: 64, blocks, stride: 2 })),
      named("pool", globalAvgPool),
      named("linear", linear(64, task.classes))
    )
  }
}

/**
 * 269,722 parameters.
 *
 * @category networks
 */
export const resnet20 = (task?: Task): Network => make({ blocks: 3 }, task)

/**
 * 464,154 parameters.
 *
 * @category networks
 */
export const resnet32 = (task?: Task): Network => make({ blocks: 5 }, task)

/**
 * 658,586 parameters.
 *
 * @category networks
 */
export const resnet44 = (task?: Task): Network => make({ blocks: 7 }, task)

/**
 * 853,018 parameters.
 *
 * @category networks
 */
export const resnet56 = (task?: Task): Network => make({ blocks: 9 }, task)

/**
 * 1,727,962 parameters.
 *
 * @category networks
 */
export const resnet110 = (task?: Task): Network => make({ blocks: 18 }, task)
