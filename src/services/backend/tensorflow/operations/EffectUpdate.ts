import * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../../../../model/Kernels.js"
import { operations, type Program } from "../../../../model/Programs.js"
import type { Addon } from "../Addon.js"

/** Programs that run in one call of the addon. */
export const make =
  ({ execute }: Addon): Required<Kernels>["runPrograms"] =>
  (calls) => {
    const indices = new Map<Program, number>()
    for (const { program } of calls) if (!indices.has(program)) indices.set(program, indices.size)
    const programs = [...indices.keys()]
    const inputs = calls.flatMap((call) => call.inputs)
    const count = calls.reduce((sum, { program }) => sum + program.outputs.length, 0)
    if (count === 0) return calls.map(() => [])
    const constants = tf.tensor1d(
      programs.flatMap((program) => program.constants),
      "float32"
    )
    const results = execute(
      "EffectUpdate",
      [
        ["N", "int", inputs.length],
        ["M", "int", count],
        ["programs", "int", programs.flatMap(encode)],
        ["program_of", "int", calls.map(({ program }) => indices.get(program)!)]
      ],
      [constants, ...inputs],
      count
    )
    constants.dispose()
    let first = 0
    return calls.map(({ program: { outputs } }) => {
      first += outputs.length
      return results.slice(first - outputs.length, first)
    })
  }

/** As the operation's attribute has it; constants are an input, because they change from step to step. */
const encode = ({ constants, inputs, instructions, outputs }: Program): ReadonlyArray<number> => [
  ...[inputs, constants.length, instructions.length, outputs.length],
  ...instructions.flatMap(([operation, a, b]) => [operations.indexOf(operation), a, b]),
  ...outputs
]
