import { type Shortcut, shortcut } from "../blocks/Shortcut.js"
import { type Block, stage } from "../blocks/Stage.js"
import { batchNorm, chain, conv, globalAvgPool, linear, named, relu, residual } from "../Layers.js"
import type { Network, Task } from "../Network.js"
import { cifar10 } from "./Tasks.js"

/**
 * One variant; `blocks` are counted per stage.
 *
 * @category models
 */
export interface Variant {
  readonly blocks: ReadonlyArray<number>
  readonly shortcut?: Shortcut
}

/** Channels of the first stage; each stage has twice those of the one before. */
const width = 16

/** The basic block as the seminar wrote it: its convolutions have biases, and its shortcut is called `projection`. */
const block =
  (kind: Shortcut): Block =>
  (input, output, { stride }) => {
    const body = chain(
      named("conv1", conv(input, output, { stride })),
      named("bn1", batchNorm(output)),
      named("relu1", relu),
      named("conv2", conv(output, output)),
      named("bn2", batchNorm(output))
    )
    return chain(
      named("", residual({ body, shortcut: named("projection", shortcut(kind, input, output, { stride })) })),
      named("relu2", relu)
    )
  }

/**
 * The seminar's residual networks for small images: a 3x3 stem of 16 channels, stages of `blocks[0], blocks[1], ...` basic blocks with 16, 32, 64, ...
 * channels, each but the first halving the size, then the mean of each channel and a linear layer.
 *
 * **Source** He et al. 2015, arXiv:1512.03385, sec. 4.2. Deviations: any number of stages, and convolutions with biases.
 *
 * @category networks
 */
export const make = ({ blocks, shortcut = "padding" }: Variant, task: Task = cifar10): Network => ({
  name: `resnet-${blocks.join("-")}${shortcut === "padding" ? "" : `-${shortcut}`}`,
  ...task,
  body: chain(
    named("conv1", conv(task.input.channels, width)),
    named("norm1", batchNorm(width)),
    named("relu", relu),
    ...blocks.map((count, index) => {
      const output = width * 2 ** index
      const [input, stride] = index === 0 ? [output, 1] : [output / 2, 2]
      return named(`layer${index + 1}`, stage(block(shortcut), { input, output, blocks: count, stride }))
    }),
    named("pool", globalAvgPool),
    named("linear", linear(width * 2 ** (blocks.length - 1), task.classes))
  )
})

/**
 * `ResNet(n)`: four stages of n + 1 blocks, 16 to 128 channels.
 *
 * @category networks
 */
export const resnet = (n: number, task?: Task): Network => ({
  ...make({ blocks: [n + 1, n + 1, n + 1, n + 1] }, task),
  name: `seminar-resnet-${n}`
})

/**
 * The blocks of ResNet-18 in 16 to 128 channels.
 *
 * @category networks
 */
export const resnet18 = (task?: Task): Network => ({
  ...make({ blocks: [2, 2, 2, 2] }, task),
  name: "seminar-resnet18"
})

/**
 * The blocks of ResNet-34 in 16 to 128 channels.
 *
 * @category networks
 */
export const resnet34 = (task?: Task): Network => ({
  ...make({ blocks: [3, 4, 6, 3] }, task),
  name: "seminar-resnet34"
})
