import * as Blocks from "../../src/model/Blocks.js"
import { batchNorm, chain, conv, globalAvgPool, linear, named, relu } from "../../src/model/Layers.js"
import type { Network } from "../../src/model/Network.js"

const block: Blocks.Block = (input, output, { stride }) =>
  Blocks.bottleneck(input, output, { stride, shortcut: "projection", shortcutName: "projection" })

/** `BottleneckNet` of `make_golden.py`. */
export const network: Network = {
  name: "bottleneck",
  input: { height: 32, width: 32, channels: 3 },
  classes: 10,
  body: chain(
    named("conv1", conv(3, 16, { bias: false })),
    named("norm1", batchNorm(16)),
    named("relu", relu),
    named("layer1", Blocks.stage(block, { input: 16, output: 32, blocks: 1 })),
    named("layer2", Blocks.stage(block, { input: 32, output: 64, blocks: 2, stride: 2 })),
    named("pool", globalAvgPool),
    named("linear", linear(64, 10))
  )
}
