import { Schema } from "effect"
import {
  batchNorm,
  chain,
  conv,
  globalAvgPool,
  identity,
  identityPadding,
  linear,
  named,
  projection,
  relu,
  residual
} from "../Layers.js"
import type { Module } from "../Module.js"
import type { Network, Task } from "../Network.js"

/** How a block's input reaches its output where size or channels change: zeros for new channels, or a 1x1 convolution. */
export const Shortcut = Schema.Literals(["padding", "projection"])
export type Shortcut = typeof Shortcut.Type

/** One variant; `blocks` are counted per stage. */
export interface Variant {
  readonly blocks: ReadonlyArray<number>
  readonly shortcut?: Shortcut
}

const cifar10: Task = { input: { height: 32, width: 32, channels: 3 }, classes: 10 }

/** Channels of the first stage; each stage has twice those of the one before. */
const width = 16

const shortcutOf = (input: number, output: number, stride: number, shortcut: Shortcut): Module => {
  if (input === output && stride === 1) {
    return identity
  }
  return shortcut === "padding" ? identityPadding(input, output, { stride }) : projection(input, output, { stride })
}

/**
 * Residual basic block: two 3x3 convolutions with batch norm, a shortcut, and a ReLU after the sum.
 *
 * **Shapes** `x [n, h, w, input]` -> `[n, ceil(h / stride), ceil(w / stride), output]`.
 * **Source** He et al. 2015, arXiv:1512.03385, fig. 5. Deviation: the convolutions have biases, as in the seminar.
 */
export function basicBlock<const I extends number, const O extends number>(
  input: I,
  output: O,
  options?: { readonly stride?: number; readonly shortcut?: Shortcut }
): Module<I, O>
export function basicBlock(
  input: number,
  output: number,
  { stride = 1, shortcut = "padding" }: { readonly stride?: number; readonly shortcut?: Shortcut } = {}
): Module {
  const body = chain(
    named("conv1", conv(input, output, { stride })),
    named("bn1", batchNorm(output)),
    named("relu1", relu),
    named("conv2", conv(output, output)),
    named("bn2", batchNorm(output))
  )
  const sum = residual({ body, shortcut: named("projection", shortcutOf(input, output, stride, shortcut)) })
  return chain(named("", sum), named("relu2", relu))
}

const stage = (index: number, blocks: number, shortcut: Shortcut): Module => {
  const output = width * 2 ** index
  const [input, stride] = index === 0 ? [output, 1] : [output / 2, 2]
  return chain(
    ...Array.from({ length: blocks }, (_, i) =>
      i === 0 ? basicBlock(input, output, { stride, shortcut }) : basicBlock(output, output)
    )
  )
}

/**
 * Residual network for small images: a 3x3 stem of 16 channels, stages of `blocks[0], blocks[1], ...` basic blocks with 16, 32, 64, ... channels,
 * each but the first halving the size, then the mean of each channel and a linear layer.
 *
 * **Source** He et al. 2015, arXiv:1512.03385, sec. 4.2.
 */
export const make = ({ blocks, shortcut = "padding" }: Variant, task: Task = cifar10): Network => ({
  name: `resnet-${blocks.join("-")}${shortcut === "padding" ? "" : `-${shortcut}`}`,
  ...task,
  body: chain(
    named("conv1", conv(task.input.channels, width)),
    named("norm1", batchNorm(width)),
    named("relu", relu),
    ...blocks.map((count, index) => named(`layer${index + 1}`, stage(index, count, shortcut))),
    named("pool", globalAvgPool),
    named("linear", linear(width * 2 ** (blocks.length - 1), task.classes))
  )
})

/** The seminar's `ResNet(n)`: four stages of n + 1 blocks, 16 to 128 channels. */
export const seminar = (n: number, task?: Task): Network => ({
  ...make({ blocks: [n + 1, n + 1, n + 1, n + 1] }, task),
  name: `seminar-resnet-${n}`
})

/** ResNet-18 in the seminar's width. */
export const resnet18 = (task?: Task): Network => ({ ...make({ blocks: [2, 2, 2, 2] }, task), name: "resnet18" })

/** ResNet-34 in the seminar's width. */
export const resnet34 = (task?: Task): Network => ({ ...make({ blocks: [3, 4, 6, 3] }, task), name: "resnet34" })
