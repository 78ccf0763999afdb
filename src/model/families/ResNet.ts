import { basic } from "../blocks/Basic.js"
import { bottleneck } from "../blocks/Bottleneck.js"
import type { Shortcut } from "../blocks/Shortcut.js"
import { type Block, stage } from "../blocks/Stage.js"
import { batchNorm, chain, conv, globalAvgPool, linear, maxPool, named, relu } from "../Layers.js"
import type { Module } from "../Module.js"
import type { Network, Task } from "../Network.js"
import type { Stem } from "./Stem.js"
import { imagenet } from "./Tasks.js"

/**
 * Options of all variants.
 *
 * @category models
 */
export interface Options {
  /** By default `cifar` for images below 64 pixels a side, else `imagenet`. */
  readonly stem?: Stem
  /** `projection` by default. */
  readonly shortcut?: Shortcut
  /** Every block starts as its shortcut; torchvision's `zero_init_residual`. */
  readonly zeroInit?: boolean
}

/**
 * One variant; `blocks` are counted per stage.
 *
 * @category models
 */
export interface Variant extends Options {
  readonly name: string
  readonly block: "basic" | "bottleneck"
  readonly blocks: readonly [number, number, number, number]
  /** Multiplies the inner channels of bottleneck blocks; 1 by default. */
  readonly width?: number
}

/**
 * The variants of the papers.
 *
 * @category networks
 */
export const variants = {
  resnet18: { name: "resnet18", block: "basic", blocks: [2, 2, 2, 2] },
  resnet34: { name: "resnet34", block: "basic", blocks: [3, 4, 6, 3] },
  resnet50: { name: "resnet50", block: "bottleneck", blocks: [3, 4, 6, 3] },
  resnet101: { name: "resnet101", block: "bottleneck", blocks: [3, 4, 23, 3] },
  resnet152: { name: "resnet152", block: "bottleneck", blocks: [3, 8, 36, 3] },
  wide_resnet50_2: { name: "wide_resnet50_2", block: "bottleneck", blocks: [3, 4, 6, 3], width: 2 },
  wide_resnet101_2: { name: "wide_resnet101_2", block: "bottleneck", blocks: [3, 4, 23, 3], width: 2 }
} as const satisfies Readonly<Record<string, Variant>>

const stems = {
  imagenet: (channels: number): Module<number, 64> =>
    chain(
      named("conv1", conv(channels, 64, { kernel: 7, stride: 2, bias: false })),
      named("bn1", batchNorm(64)),
      named("relu", relu),
      named("maxpool", maxPool(3, { stride: 2, padding: 1 }))
    ),
  cifar: (channels: number): Module<number, 64> =>
    chain(named("conv1", conv(channels, 64, { bias: false })), named("bn1", batchNorm(64)), named("relu", relu))
}

const stemFor = ({ height, width }: Task["input"]): Stem => (Math.min(height, width) < 64 ? "cifar" : "imagenet")

/**
 * Residual network of four stages of 64, 128, 256 and 512 channels (four times those of bottleneck blocks), each but the first halving the size,
 * then the mean of each channel and a linear layer.
 *
 * **Source** He et al. 2015, arXiv:1512.03385, table 1; the wide ones Zagoruyko and Komodakis 2016, arXiv:1605.07146. The names are torchvision's and timm's, whose weights fit.
 *
 * @category networks
 */
export const make = (variant: Variant, task: Task = imagenet): Network => {
  const { block, blocks, shortcut = "projection", stem, width = 1, zeroInit = false } = variant
  const [make, expansion] = block === "basic" ? [basic, 1] : [bottleneck, 4]
  const makeBlock: Block = (input, output, { stride }) =>
    make(input, output, { stride, shortcut, shortcutName: "downsample", width, zeroInit })
  const output = (index: number) => expansion * 64 * 2 ** index
  return {
    name: [variant.name, ...(stem === undefined ? [] : [stem]), ...(shortcut === "projection" ? [] : [shortcut])].join(
      "-"
    ),
    ...task,
    body: chain(
      named("", stems[stem ?? stemFor(task.input)](task.input.channels)),
      ...blocks.map((count, i) =>
        named(
          `layer${i + 1}`,
          stage(makeBlock, {
            input: i === 0 ? 64 : output(i - 1),
            output: output(i),
            blocks: count,
            stride: i === 0 ? 1 : 2
          })
        )
      ),
      named("avgpool", globalAvgPool),
      named("fc", linear(output(3), task.classes))
    )
  }
}

const constructor =
  (variant: Variant) =>
  (task?: Task, options: Options = {}): Network =>
    make({ ...variant, ...options }, task)

/**
 * 11,689,512 parameters for ImageNet.
 *
 * @category networks
 */
export const resnet18 = constructor(variants.resnet18)

/**
 * 21,797,672 parameters for ImageNet.
 *
 * @category networks
 */
export const resnet34 = constructor(variants.resnet34)

/**
 * 25,557,032 parameters for ImageNet.
 *
 * @category networks
 */
export const resnet50 = constructor(variants.resnet50)

/**
 * 44,549,160 parameters for ImageNet.
 *
 * @category networks
 */
export const resnet101 = constructor(variants.resnet101)

/**
 * 60,192,808 parameters for ImageNet.
 *
 * @category networks
 */
export const resnet152 = constructor(variants.resnet152)

/**
 * 68,883,240 parameters for ImageNet: `resnet50` with twice the channels in its 3x3 convolutions.
 *
 * @category networks
 */
export const wideResnet50 = constructor(variants.wide_resnet50_2)

/**
 * 126,886,696 parameters for ImageNet.
 *
 * @category networks
 */
export const wideResnet101 = constructor(variants.wide_resnet101_2)
