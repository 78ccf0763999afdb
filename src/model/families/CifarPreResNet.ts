import { preactivationBasic, preactivationBottleneck } from "../blocks/PreActivation.js"
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
  /** `basic` by default. */
  readonly block?: "basic" | "bottleneck"
  readonly shortcut?: Shortcut
}

/**
 * The residual networks for CIFAR with the batch norms and ReLUs before the convolutions, and one more of each before the head. Of n blocks a
 * stage, `6 n + 2` layers deep, or `9 n + 2` with bottleneck blocks (whose stages have 64, 128 and 256 channels).
 *
 * **Source** He et al. 2016, arXiv:1603.05027. Names and the default shortcut as those of `CifarResNet`; with bottleneck blocks the default is
 * `projection`, as in the authors' code.
 *
 * @category networks
 */
export const make = (variant: Variant, task: Task = cifar10): Network => {
  const { block = "basic", blocks } = variant
  const usual = block === "basic" ? "padding-around" : "projection"
  const { shortcut = usual } = variant
  const [make, expansion, layers] = block === "basic" ? [preactivationBasic, 1, 6] : [preactivationBottleneck, 4, 9]
  const makeBlock: Block = (input, output, { stride }) => make(input, output, { stride, shortcut })
  const [first, second, third] = [16 * expansion, 32 * expansion, 64 * expansion]
  return {
    name: [
      `cifar-preresnet${layers * blocks + 2}`,
      ...(block === "basic" ? [] : [block]),
      ...(shortcut === usual ? [] : [shortcut])
    ].join("-"),
    ...task,
    body: chain(
      named("conv1", conv(task.input.channels, 16, { bias: false })),
      named("layer1", stage(makeBlock, { input: 16, output: first, blocks })),
      named("layer2", stage(makeBlock, { input: first, output: second, blocks, stride: 2 })),
      named("layer3", stage(makeBlock, { input: second, output: third, blocks, stride: 2 })),
      named("bn", batchNorm(third)),
      named("relu", relu),
      named("pool", globalAvgPool),
      named("linear", linear(third, task.classes))
    )
  }
}
