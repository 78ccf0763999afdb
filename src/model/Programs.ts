import type * as tf from "@tensorflow/tfjs-core"

/**
 * What an instruction of a program does; "sqrt" and "sign" take their first operand alone.
 *
 * @category models
 */
export const operations = ["add", "sub", "mul", "div", "minimum", "maximum", "sqrt", "sign"] as const
export type Operation = (typeof operations)[number]

/**
 * Elementwise arithmetic over some tensors of one shape.
 *
 * An operand or an output is a value, numbered from 0: the inputs, then the results of the instructions; an operand may also be a constant: -1 is the first.
 *
 * @category models
 */
export interface Program {
  readonly inputs: number
  readonly constants: ReadonlyArray<number>
  readonly instructions: ReadonlyArray<readonly [operation: Operation, a: number, b: number]>
  readonly outputs: ReadonlyArray<number>
}

/**
 * A program with its inputs.
 *
 * @category models
 */
export interface ProgramCall {
  readonly program: Program
  readonly inputs: ReadonlyArray<tf.Tensor>
}
