import type * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../../model/Kernels.js"
import type { Program, ProgramCall } from "../../model/Programs.js"
import type { Tensors } from "../../model/Tensors.js"
import { type At, type Slots, tensorAt } from "../Transform.js"
import { type Compiled, compile } from "./Compiler.js"
import { emptySlots, put } from "./Elementwise.js"
import type { Formula } from "./Formula.js"

/** The updates of all parameters by a formula, and their slots, in one call of the backend. */
export const update = (
  runPrograms: Required<Kernels>["runPrograms"],
  formula: Formula,
  gradients: Tensors,
  slots: Slots,
  { params }: Pick<At, "params">
): readonly [updates: Tensors, slots: Slots] => {
  const share = sharing()
  const calls = Object.entries(gradients).map(
    ([path, gradient]): ProgramCall & Pick<Compiled, "slots"> & { path: string } => {
      const parameter = tensorAt(params, path)
      const names = Object.keys(slots).filter((name) => slots[name]?.[path] !== undefined)
      const compiled = compile(formula, { path, rank: parameter.rank, slots: names })
      const inputs = [parameter, gradient, ...names.map((name) => tensorAt(slots[name], path))]
      return { path, program: share(compiled.program), inputs, slots: compiled.slots }
    }
  )
  const results = runPrograms(calls)
  const updates: Record<string, tf.Tensor> = {}
  const next: Record<string, Record<string, tf.Tensor>> = emptySlots(slots)
  for (const [i, { path, slots }] of calls.entries()) {
    const [updated, ...rest] = results[i] ?? []
    updates[path] = updated!
    for (const [j, name] of slots.entries()) put(next, name, path, rest[j]!)
  }
  return [updates, next]
}

/** Gives the first of equal programs. */
const sharing = (): ((program: Program) => Program) => {
  const known = new Map<string, Program>()
  return (program) => {
    const key = JSON.stringify(program)
    const same = known.get(key) ?? program
    known.set(key, same)
    return same
  }
}
