/** The blocks of residual networks: `Blocks.basic(16, 32, { stride: 2 })`. */
export { basic } from "./blocks/Basic.js"
export { bottleneck } from "./blocks/Bottleneck.js"
export type { BlockOptions } from "./blocks/Options.js"
export { preactivationBasic, preactivationBottleneck } from "./blocks/PreActivation.js"
export { Shortcut, shortcut } from "./blocks/Shortcut.js"
export { type Block, stage } from "./blocks/Stage.js"
