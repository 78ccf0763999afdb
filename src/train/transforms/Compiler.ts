import type { Operation, Program } from "../../model/Programs.js"
import type { Formula, Updated } from "./Formula.js"

/** A formula as a program; the names of the slots that are among its outputs, after the update. */
export interface Compiled {
  readonly program: Program
  readonly slots: ReadonlyArray<string>
}

/** A parameter that a formula is compiled for, and the slots that it has. */
export interface Parameter extends Pick<Updated<never>, "path" | "rank"> {
  readonly slots: ReadonlyArray<string>
}

/** A value of the program: its number. */
interface Value {
  readonly index: number
}

/**
 * Compiles a formula. The inputs of the program are the parameter, the gradient and the slots in the order of their names.
 *
 * A formula cannot look at numbers, so that writing down what it does with them is all.
 */
export const compile = (formula: Formula, { path, rank, slots }: Parameter): Compiled => {
  const [inputs, constants] = [2 + slots.length, [] as number[]]
  const instructions: Array<Program["instructions"][number]> = []
  const operand = (value: Value | number): number => {
    if (typeof value !== "number") return value.index
    const known = constants.indexOf(value)
    return known < 0 ? -constants.push(value) : -1 - known
  }
  const binary =
    (operation: Operation) =>
    (a: Value | number, b: Value | number): Value => ({
      index: inputs - 1 + instructions.push([operation, operand(a), operand(b)])
    })
  const unary = (operation: Operation) => (a: Value) => binary(operation)(a, a)
  const arithmetic = {
    add: binary("add"),
    sub: binary("sub"),
    mul: binary("mul"),
    div: binary("div"),
    minimum: binary("minimum"),
    maximum: binary("maximum"),
    sqrt: unary("sqrt"),
    sign: unary("sign")
  }
  const slot = (name: string): Value => {
    const index = slots.indexOf(name)
    if (index < 0) throw new Error(`there is no slot "${name}" for ${path}`)
    return { index: 2 + index }
  }
  const { slots: next, update } = formula(arithmetic, {
    parameter: { index: 0 },
    gradient: { index: 1 },
    slot,
    path,
    rank
  })
  const outputs = [update, ...Object.values(next)].map(({ index }) => index)
  return { program: { inputs, constants, instructions, outputs }, slots: Object.keys(next) }
}
