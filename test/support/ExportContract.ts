import { Result } from "effect"
import * as Layers from "../../src/model/Layers.js"
import * as Layout from "../../src/model/Layout.js"
import type { Module } from "../../src/model/Module.js"
import type { Network } from "../../src/model/Network.js"
import { size } from "../../src/model/Shape.js"

/** Every kind of layer, and the variants of one that are written in another way; vectors are made of the image by a flatten. */
export const contract: ReadonlyArray<readonly [module: Module, features?: number]> = [
  [Layers.avgPool(2)],
  [Layers.avgPool(3, { stride: 2 })],
  [Layers.batchNorm(4)],
  [Layers.batchNorm(4, { scale: false, epsilon: 1e-3 })],
  [Layers.conv(4, 6, { stride: 2 })],
  [Layers.conv(4, 6, { kernel: 5, padding: 0, bias: false })],
  [Layers.conv(4, 6)],
  [Layers.conv(4, 6, { dilation: 2 })],
  [Layers.conv(4, 6, { dilation: 2, stride: 2, padding: 1, frozen: true })],
  [Layers.conv(4, 6, { groups: 2 })],
  [Layers.conv(4, 6, { groups: 2, stride: 2, bias: false })],
  [Layers.conv(4, 8, { groups: 4 })],
  [Layers.conv(4, 8, { groups: 4, dilation: 2 })],
  [Layers.conv(4, 4, { groups: 4, dilation: 2, stride: 2, padding: 1 })],
  [Layers.conv(4, 6, { groups: 2, dilation: 2, stride: 3 })],
  [Layers.conv(4, 4, { groups: 4, stride: 2, padding: 1, bias: false })],
  [Layers.dropout(0.3)],
  [Layers.flatten],
  [Layers.gelu],
  [Layers.globalAvgPool],
  [Layers.globalMaxPool],
  [Layers.groupNorm(4, { groups: 2 })],
  [Layers.groupNorm(4, { groups: 1, epsilon: 1e-3 })],
  [Layers.identity],
  [Layers.identityPadding(4, 8, { stride: 2 })],
  [Layers.identityPadding(4, 4, { stride: 3 })],
  [Layers.identityPadding(4, 9, { zeros: "around" })],
  [Layers.layerNorm(4)],
  [Layers.layerNorm(140), 140],
  [Layers.linear(140, 4), 140],
  [Layers.linear(140, 4, { bias: false }), 140],
  [Layers.maxPool(2)],
  [Layers.maxPool(3, { stride: 2, padding: 1 })],
  [Layers.maxPool(2, { padding: 1 })],
  [Layers.relu],
  [Layers.scale(1 / 9)],
  [Layers.scale(3), 140],
  [Layers.silu],
  [Layers.squeezeExcitation(4, { squeezed: 3 })],
  [Layers.stochasticDepth(0.3)]
]

/** A network of that layer alone, for images of 7x5 pixels. */
export const networkOf = ([module, features]: (typeof contract)[number]): Network => {
  const input = { height: 7, width: 5, channels: 4 }
  const body = Layers.chain(...(features === undefined ? [] : [Layers.flatten]), module, Layers.flatten)
  const output = Result.getOrThrow(Layout.outputShape(Layout.make({ body }), [7, 5, 4]))
  return { name: "one layer", input, classes: size(output), body }
}
