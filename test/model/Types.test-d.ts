// Checked by `tsc` alone: a line under `@ts-expect-error` that compiles is an error.
import {
  basic,
  bottleneck,
  preactivationBasic,
  preactivationBottleneck,
  shortcut,
  stage
} from "../../src/model/Blocks.js"
import {
  avgPool,
  avgPoolPadding,
  batchNorm,
  chain,
  conv,
  dropout,
  flatten,
  gelu,
  globalAvgPool,
  globalMaxPool,
  groupNorm,
  identity,
  identityPadding,
  layerNorm,
  linear,
  maxPool,
  named,
  projection,
  relu,
  residual,
  scale,
  silu,
  squeezeExcitation,
  stochasticDepth
} from "../../src/model/Layers.js"
import type { Module, SameChannels } from "../../src/model/Module.js"

const is = <T>(value: T): T => value
const someChannels: number = [16][0]!
const someModules: ReadonlyArray<Module> = []

// The channels of a chain are those of its first and last module that have any.
is<Module<3, 10>>(
  chain(conv(3, 16), batchNorm(16), relu, maxPool(2), conv(16, 32), avgPool(2), globalAvgPool, linear(32, 10))
)
is<SameChannels>(chain(relu, maxPool(2)))
is<Module<3, 16>>(chain(relu, chain(named("conv1", conv(3, 16)), named("relu", relu))))
// @ts-expect-error: it gives 16
is<Module<3, 32>>(chain(conv(3, 16), relu))

// @ts-expect-error: 16 channels come, 32 are taken
chain(conv(3, 16), conv(32, 32))
// @ts-expect-error: the layers between keep the channels
chain(conv(3, 16), batchNorm(16), relu, maxPool(2), conv(32, 32))
// @ts-expect-error: batch norm of 32 channels after 16
chain(conv(3, 16), batchNorm(32))
// @ts-expect-error: a name does not hide the channels
chain(named("conv1", conv(3, 16)), named("conv2", conv(32, 32)))
// @ts-expect-error: the mean of each channel gives 16 features
chain(conv(3, 16), globalAvgPool, linear(128, 10))
// @ts-expect-error: a chain in a chain
chain(chain(conv(3, 16), relu), chain(relu, conv(32, 8)))
// @ts-expect-error: behind a residual
chain(residual({ body: conv(16, 32), shortcut: projection(16, 32) }), conv(16, 8))

// Counts that only the run knows go through, and are checked by Network.validate.
is<Module<3, 10>>(chain(conv(3, someChannels), conv(16, 32), relu, flatten, linear(128, 10)))
is<Module<number, number>>(chain(...someModules))
is<Module<3, 10>>(chain(conv(3, 16), chain(...someModules), linear(128, 10)))

// Residuals: both ways lead from the same channels to the same channels.
is<Module<16, 16>>(residual({ body: chain(conv(16, 16), relu), shortcut: identity }))
is<Module<16, 32>>(residual({ body: conv(16, 32), shortcut: identityPadding(16, 32) }))
is<Module<16, 32>>(residual({ body: conv(16, 32), shortcut: named("projection", projection(16, 32, { stride: 2 })) }))
is<Module<16, 32>>(residual({ body: conv(16, 32), shortcut: conv(someChannels, someChannels) }))
// @ts-expect-error: the body makes 32 channels of 16, the shortcut keeps 16
residual({ body: conv(16, 32), shortcut: identity })
// @ts-expect-error: the shortcut keeps 16
residual({ body: chain(conv(16, 32), batchNorm(32)), shortcut: conv(16, 16) })
// @ts-expect-error: padding to 16, not 32
residual({ body: conv(16, 32), shortcut: identityPadding(16, 16) })
// @ts-expect-error: a projection from 8 where the body takes 16
residual({ body: conv(16, 32), shortcut: projection(8, 32) })
// @ts-expect-error: a pool keeps the channels
residual({ body: conv(16, 32), shortcut: chain(maxPool(2), relu) })

// Blocks and stages of them keep the channels.
is<Module<16, 32>>(basic(16, 32, { stride: 2 }))
is<Module<64, 256>>(chain(preactivationBottleneck(64, 256), bottleneck(256, 256)))
is<Module<3, 64>>(chain(conv(3, 16), stage(basic, { input: 16, output: 32, blocks: 3 }), preactivationBasic(32, 64)))
is<Module<16, 32>>(residual({ body: conv(16, 32), shortcut: shortcut("projection", 16, 32) }))
// @ts-expect-error: the block takes 32 where 16 come
chain(conv(3, 16), basic(32, 32))
// @ts-expect-error: a bottleneck gives all its 256 channels, not the 64 inside
chain(bottleneck(64, 256), conv(64, 64))
// @ts-expect-error: the stage gives 32
chain(stage(basic, { input: 16, output: 32, blocks: 3 }), preactivationBasic(16, 64))

// A chain may be long.
const ten = [relu, relu, relu, relu, relu, relu, relu, relu, relu, conv(16, 16)] as const
is<Module<16, 8>>(chain(...ten, ...ten, ...ten, ...ten, ...ten, ...ten, conv(16, 8)))
// @ts-expect-error: the last of 61 takes 32 where 16 come
chain(...ten, ...ten, ...ten, ...ten, ...ten, ...ten, conv(32, 8))

// Every kind through which channels pass: one chain that fits, one that does not.
is<Module<3, 8>>(chain(conv(3, 16), avgPool(2), linear(16, 8)))
// @ts-expect-error: avgPool keeps 16 channels
chain(conv(3, 16), avgPool(2), linear(32, 8))
is<Module<3, 8>>(chain(conv(3, 16), maxPool(2), linear(16, 8)))
// @ts-expect-error: maxPool keeps 16 channels
chain(conv(3, 16), maxPool(2), linear(32, 8))
is<Module<3, 8>>(chain(conv(3, 16), globalAvgPool, linear(16, 8)))
// @ts-expect-error: globalAvgPool keeps 16 channels
chain(conv(3, 16), globalAvgPool, linear(32, 8))
is<Module<3, 8>>(chain(conv(3, 16), globalMaxPool, linear(16, 8)))
// @ts-expect-error: globalMaxPool keeps 16 channels
chain(conv(3, 16), globalMaxPool, linear(32, 8))
is<Module<3, 8>>(chain(conv(3, 16), identity, linear(16, 8)))
// @ts-expect-error: identity keeps 16 channels
chain(conv(3, 16), identity, linear(32, 8))
is<Module<3, 8>>(chain(conv(3, 16), relu, linear(16, 8)))
// @ts-expect-error: relu keeps 16 channels
chain(conv(3, 16), relu, linear(32, 8))
is<Module<3, 8>>(chain(conv(3, 16), gelu, linear(16, 8)))
// @ts-expect-error: gelu keeps 16 channels
chain(conv(3, 16), gelu, linear(32, 8))
is<Module<3, 8>>(chain(conv(3, 16), silu, linear(16, 8)))
// @ts-expect-error: silu keeps 16 channels
chain(conv(3, 16), silu, linear(32, 8))
is<Module<3, 8>>(chain(conv(3, 16), scale(0.1), linear(16, 8)))
// @ts-expect-error: scale keeps 16 channels
chain(conv(3, 16), scale(0.1), linear(32, 8))
is<Module<3, 8>>(chain(conv(3, 16), dropout(0.5), linear(16, 8)))
// @ts-expect-error: dropout keeps 16 channels
chain(conv(3, 16), dropout(0.5), linear(32, 8))
is<Module<3, 8>>(chain(conv(3, 16), stochasticDepth(0.5), linear(16, 8)))
// @ts-expect-error: stochasticDepth keeps 16 channels
chain(conv(3, 16), stochasticDepth(0.5), linear(32, 8))
is<Module<3, 8>>(chain(conv(3, 16), conv(16, 8)))
// @ts-expect-error: conv takes 32 after 16
chain(conv(3, 16), conv(32, 8))
is<Module<3, 8>>(chain(conv(3, 16), conv(16, 8, { groups: 4, dilation: 2, frozen: true })))
// @ts-expect-error: conv takes 32, in groups too after 16
chain(conv(3, 16), conv(32, 8, { groups: 4 }))
is<Module<3, 8>>(chain(conv(3, 16), linear(16, 8, { bias: false })))
// @ts-expect-error: linear takes 32 after 16
chain(conv(3, 16), linear(32, 8, { bias: false }))
is<Module<3, 16>>(chain(conv(3, 16), batchNorm(16, { scale: false })))
// @ts-expect-error: batchNorm of 32 channels after 16
chain(conv(3, 16), batchNorm(32, { scale: false }))
is<Module<3, 16>>(chain(conv(3, 16), groupNorm(16, { groups: 4 })))
// @ts-expect-error: groupNorm of 32 channels after 16
chain(conv(3, 16), groupNorm(32, { groups: 4 }))
is<Module<3, 16>>(chain(conv(3, 16), layerNorm(16)))
// @ts-expect-error: layerNorm of 32 channels after 16
chain(conv(3, 16), layerNorm(32))
is<Module<3, 16>>(chain(conv(3, 16), squeezeExcitation(16, { squeezed: 4 })))
// @ts-expect-error: squeezeExcitation of 32 channels after 16
chain(conv(3, 16), squeezeExcitation(32, { squeezed: 4 }))
is<Module<3, 32>>(chain(conv(3, 16), identityPadding(16, 32, { zeros: "around" })))
// @ts-expect-error: identityPadding from 8 channels after 16
chain(conv(3, 16), identityPadding(8, 32))
is<Module<3, 32>>(chain(conv(3, 16), avgPoolPadding(16, 32, { stride: 2 })))
// @ts-expect-error: avgPoolPadding from 8 channels after 16
chain(conv(3, 16), avgPoolPadding(8, 32, { stride: 2 }))
is<Module<3, 32>>(chain(conv(3, 16), projection(16, 32)))
// @ts-expect-error: projection from 8 channels after 16
chain(conv(3, 16), projection(8, 32))
// Flatten gives a count that only the run knows.
is<Module<3, number>>(chain(conv(3, 16), flatten))
is<Module<3, 8>>(chain(conv(3, 16), flatten, linear(784, 8)))
// @ts-expect-error: not 784
is<Module<3, 784>>(chain(conv(3, 16), flatten))

// Blocks that are generic in their channels are checked like any other, once for all channels.
const block = <C extends number>(channels: C): Module<C, C> =>
  chain(
    named("", residual({ body: chain(conv(channels, channels), batchNorm(channels), relu), shortcut: identity })),
    relu
  )
is<Module<3, 16>>(chain(conv(3, 16), block(16)))
// @ts-expect-error: the block takes 32 where 16 come
chain(conv(3, 16), block(32))
const wider = <I extends number, W extends number, O extends number>(input: I, width: W, output: O): Module<I, O> =>
  residual({
    body: chain(
      named("conv1", conv(input, width, { kernel: 1 })),
      batchNorm(width),
      relu,
      conv(width, output),
      batchNorm(output)
    ),
    shortcut: projection(input, output)
  })
is<Module<3, 32>>(chain(conv(3, 16), wider(16, 8, 32)))
const unequal = <I extends number, O extends number>(input: I, output: O) => {
  // @ts-expect-error: the convolution gives O channels, the norm takes I
  chain(conv(input, output), batchNorm(input))
  // @ts-expect-error: 16 channels are not those of every call
  chain(conv(input, output), batchNorm(16))
  // @ts-expect-error: the body makes O channels of I, the shortcut keeps them
  residual({ body: conv(input, output), shortcut: identity })
  // @ts-expect-error: the shortcut is made for the output
  residual({ body: conv(input, output), shortcut: projection(output, output) })
  // @ts-expect-error: it gives O channels
  is<Module<I, I>>(chain(conv(input, output), relu))
}
is<(input: 1, output: 2) => void>(unequal)
