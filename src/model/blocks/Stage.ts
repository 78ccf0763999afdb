import { chain } from "../Compose.js"
import type { Module } from "../Module.js"

/**
 * Makes a block; all but the first of a stage keep channels and size.
 *
 * @category models
 */
export type Block = (input: number, output: number, options: { readonly stride: number }) => Module

/**
 * A number of blocks in a row, of which only the first changes channels and size.
 *
 * @example
 * ```ts
 * import { Blocks } from "effect-tensorflow/model"
 *
 * const stage = Blocks.stage(Blocks.basic, { input: 16, output: 32, blocks: 3, stride: 2 })
 * stage._tag // => "Chain"
 * ```
 * @category blocks
 */
export function stage<const I extends number, const O extends number>(
  block: Block,
  options: { readonly input: I; readonly output: O; readonly blocks: number; readonly stride?: number }
): Module<I, O>
export function stage(
  block: Block,
  options: { readonly input: number; readonly output: number; readonly blocks: number; readonly stride?: number }
): Module {
  const { blocks, input, output, stride = 1 } = options
  return chain(
    ...Array.from({ length: blocks }, (_, i) =>
      i === 0 ? block(input, output, { stride }) : block(output, output, { stride: 1 })
    )
  )
}
