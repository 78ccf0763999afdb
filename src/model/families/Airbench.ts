import * as Initializer from "../Initializer.js"
import {
  batchNorm,
  chain,
  conv,
  gelu,
  globalMaxPool,
  identity,
  linear,
  maxPool,
  named,
  residual,
  scale
} from "../Layers.js"
import type { Module } from "../Module.js"
import type { Network, Task } from "../Network.js"
import type { HostTensor, Weights } from "../Tensors.js"
import { cifar10 } from "./Tasks.js"
import * as Whitening from "./Whitening.js"

/**
 * One variant: the channels of the three groups, the convolutions in each, and the decay of the running statistics.
 *
 * @category models
 */
export interface Variant {
  readonly name: string
  readonly widths: readonly [number, number, number]
  /** 2 by default; of three, the last two are the body of a residual. */
  readonly convolutions?: 2 | 3
  /** 0.6 by default. */
  readonly decay?: number
}

/**
 * The published variants, named after the accuracy in per cent that they aim at.
 *
 * @category networks
 */
export const variants = {
  airbench93: { name: "airbench93", widths: [64, 128, 128] },
  airbench94: { name: "airbench94", widths: [64, 256, 256] },
  airbench95: { name: "airbench95", widths: [128, 384, 384] },
  airbench96: { name: "airbench96", widths: [128, 384, 512], convolutions: 3, decay: 0.9 }
} as const satisfies Readonly<Record<string, Variant>>

/** Side of the patches that the first layer whitens. */
const patch = 2

/** The name of the first layer. */
const whiten = "whiten"

/** The first filters pass a channel each; the rest are drawn by PyTorch's default. */
const init = Initializer.dirac({ rest: Initializer.torchDefault })

const group = (input: number, output: number, { convolutions = 2, decay = 0.6 }: Variant): Module => {
  const norm = () => batchNorm(output, { scale: false, epsilon: 1e-12, decay })
  const first = chain(
    named("conv1", conv(input, output, { bias: false, init })),
    named("pool", maxPool(2)),
    named("norm1", norm()),
    named("gelu1", gelu)
  )
  const second = chain(named("conv2", conv(output, output, { bias: false, init })), named("norm2", norm()))
  if (convolutions === 2) return chain(named("", first), named("", second), named("gelu2", gelu))
  const body = chain(
    named("", second),
    named("gelu2", gelu),
    named("conv3", conv(output, output, { bias: false, init })),
    named("norm3", norm())
  )
  return chain(named("", first), named("", residual({ body, shortcut: identity })), named("gelu3", gelu))
}

/**
 * The networks for reaching an accuracy on CIFAR-10 in the shortest time: a frozen convolution that whitens patches of 2x2 pixels, three groups of
 * convolutions with pools, batch norms without scales and GELUs, the largest value of each channel, and a linear layer without bias, its logits divided by 9.
 *
 * `whitened` gives the first layer its filters.
 *
 * **Source** Jordan 2024, arXiv:2404.00498, and KellerJordan/cifar10-airbench; the names are those of its `airbench94_muon.py`.
 *
 * @category networks
 */
export const make = (variant: Variant, task: Task = cifar10): Network => {
  const { channels } = task.input
  const [first, second, third] = variant.widths
  const filters = Whitening.filterCount(patch, channels)
  return {
    name: variant.name,
    ...task,
    body: chain(
      named(whiten, conv(channels, filters, { kernel: patch, padding: 0, frozen: true })),
      named(
        "layers",
        chain(
          gelu,
          group(filters, first, variant),
          group(first, second, variant),
          group(second, third, variant),
          globalMaxPool
        )
      ),
      named("head", linear(third, task.classes, { bias: false })),
      named("scale", scale(1 / 9))
    )
  }
}

/**
 * 1,971,640 parameters, of which 288 are the frozen ones.
 *
 * @category networks
 */
export const airbench94 = (task?: Task): Network => make(variants.airbench94, task)

/**
 * The weights with a first layer that whitens these images: a few thousand of the training set, normalized as in training.
 *
 * **Shapes** `images [n, height, width, channels]`.
 *
 * @category whitening
 */
export const whitened = (weights: Weights<HostTensor>, images: HostTensor): Weights<HostTensor> => ({
  ...weights,
  state: { ...weights.state, [`${whiten}.weight`]: Whitening.filters(images, { size: patch }) }
})
