import { Shortcut } from "../../src/model/blocks/Shortcut.js"
import * as Airbench from "../../src/model/families/Airbench.js"
import * as CifarPreResNet from "../../src/model/families/CifarPreResNet.js"
import * as CifarResNet from "../../src/model/families/CifarResNet.js"
import * as Mlp from "../../src/model/families/Mlp.js"
import * as MnistCnn from "../../src/model/families/MnistCnn.js"
import * as ResNet from "../../src/model/families/ResNet.js"
import * as Seminar from "../../src/model/families/Seminar.js"
import * as WideResNet from "../../src/model/families/WideResNet.js"
import type * as Network from "../../src/model/Network.js"

const tiny = (channels: number, pixels: number): Network.Task => ({
  input: { height: pixels, width: pixels, channels },
  classes: 3
})

/** One small network of each family and of each of its options. */
export const small: ReadonlyArray<Network.Network> = [
  Mlp.make({ hidden: [12, 8] }, tiny(1, 6)),
  MnistCnn.make(tiny(1, 28)),
  Seminar.make({ blocks: [1, 2] }, tiny(3, 8)),
  ...Shortcut.literals.map((shortcut) => CifarResNet.make({ blocks: 1, shortcut }, tiny(3, 8))),
  ...Shortcut.literals.map((shortcut) => CifarPreResNet.make({ blocks: 1, shortcut }, tiny(3, 8))),
  CifarPreResNet.make({ blocks: 1, block: "bottleneck" }, tiny(3, 8)),
  WideResNet.make({ blocks: 1, width: 2 }, tiny(3, 8)),
  WideResNet.make({ blocks: 1, width: 2, dropout: 0.3 }, tiny(3, 8)),
  Airbench.make({ name: "airbench", widths: [8, 12, 10] }, tiny(3, 16)),
  Airbench.make({ name: "airbench of three", widths: [8, 12, 10], convolutions: 3 }, tiny(3, 16)),
  ResNet.make({ name: "resnet10", block: "basic", blocks: [1, 1, 1, 1] }, tiny(3, 64)),
  ResNet.make({ name: "resnet14", block: "bottleneck", blocks: [1, 1, 1, 1] }, tiny(3, 16))
]
